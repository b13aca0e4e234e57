"""What organisations bring to a person's « Mon espace »."""

from django.urls import reverse

from cned_portal.common.kept_sql import kept_sql
from learners.domain.organisations.seats import seats_to_answer
from learners.domain.space import STEPS_SHOWN, Step
from learners.models import Organisation


def shows_organisations(user):
    """The rows for which the menu has « Mon organisation »."""
    return Organisation.objects.of_member(user)


@kept_sql
def _awaited_answers(user):
    """The latest seats to answer, with what their steps say."""
    seats = seats_to_answer(user).select_related(None).select_related("enrolment__training", "enrolment__organisation")
    shown = seats.only("enrolment__training__title", "enrolment__organisation__name")
    return shown.order_by("-pk")[:STEPS_SHOWN]


def seat_steps(user):
    """Enrolments that an organisation asked for and that wait for the person's answer."""
    return [
        Step(
            f"{seat.enrolment.organisation.name} vous inscrit à « {seat.enrolment.training.title} » : "
            "dites si vous acceptez.",
            reverse("learners:seat", kwargs={"pk": seat.pk}),
            "Répondre",
            rank=15,
        )
        for seat in _awaited_answers(user)
    ]

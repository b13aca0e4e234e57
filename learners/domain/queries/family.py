"""Minors and the adults who follow them, as each of them sees it."""

from django.db.models import Prefetch

from learners.domain.guardian_rules import Subject, sees
from learners.models import Document, Enrolment, Guardianship

SHOWN = 20


def guardianships_of(user):
    """The bonds by which a person follows minors today, each with what its page shows. A fixed number of queries."""
    enrolments = Enrolment.objects.select_related("training__unit").order_by("-requested_at", "-pk")
    return (
        Guardianship.objects.in_force()
        .of_minors()
        .filter(guardian=user, learner__merged_into=None, learner__anonymised_at=None)
        .select_related("learner__user")
        .prefetch_related(Prefetch("learner__enrolments", enrolments))
        .order_by("accepted_at", "pk")
    )


def followed_documents(user):
    """Documents of the minors whose guardian may read them."""
    learners = [item.learner_id for item in guardianships_of(user) if sees(item, Subject.DOCUMENTS)]
    return Document.objects.filter(enrolment__learner__in=learners).select_related("enrolment__training")


def guardians_of(learner):
    """Adults who follow a minor, and invitations that wait, the first ones on top."""
    rows = Guardianship.objects.filter(learner=learner, ended_at=None).select_related("guardian", "learner")
    return rows.order_by("invited_at", "pk")[:SHOWN]

"""What the person reads of an enrolment file, and what it makes them do next."""

from django.urls import reverse

from cned_portal.common.kept_sql import kept_sql
from cned_portal.common.templatetags.french import after_de, plural
from learners.domain.files import missing
from learners.domain.space import STEPS_SHOWN, Step
from learners.enums import WaitingOn
from learners.models import EnrolmentDraft, EnrolmentFile


def file_context(file):
    """What `learners/_enrolment_file.html` shows, of a file read `with_parts`."""
    return {
        "file": file,
        "asked": [item.text for item in missing(file) if item.who != WaitingOn.STAFF],
        "positioning": getattr(file, "positioning", None),
        "prior_learning": getattr(file, "prior_learning", None),
        "given": getattr(file, "agreement", None),
        "own_payments": [payment for payment in file.payments if payment.funding.is_own],
    }


def own_drafts(user):
    """Requests that the person has begun and not sent."""
    return EnrolmentDraft.objects.filter(user=user)


def awaiting_files(user):
    """Files that wait for somebody, of one's own enrolments and of those of one's wards."""
    return EnrolmentFile.objects.of_user(user).exclude(waiting_on=WaitingOn.NOBODY)


@kept_sql
def _latest_drafts(user):
    shown = own_drafts(user).select_related("training").only("training__title", "training__slug")
    return shown.order_by("-pk")[:STEPS_SHOWN]


@kept_sql
def _latest_files(user):
    return awaiting_files(user).with_awaited().order_by("-pk")[: 2 * STEPS_SHOWN]


def draft_steps(user):
    """Requests to finish."""
    return [
        Step(
            f"Votre demande d’inscription à « {draft.training.title} » n’est pas encore envoyée.",
            reverse("learners:enrol", kwargs={"slug": draft.training.slug}),
            "Reprendre ma demande",
            rank=15,
        )
        for draft in _latest_drafts(user)
    ]


def file_steps(user):
    """Pieces and answers awaited, payments that are due; of one's own and of one's wards."""
    steps = []
    for file in _latest_files(user):
        steps += _steps_of(file, is_own=file.enrolment.learner.user_id == user.pk)
    return steps


def _steps_of(file, *, is_own):
    title, home = file.enrolment.training.title, file.enrolment.get_absolute_url()
    lacking = missing(file)
    if not is_own:
        home = reverse("learners:agreement", kwargs={"pk": file.pk})
        if any(item.who == WaitingOn.GUARDIAN for item in lacking):
            whose = after_de(file.enrolment.learner.user.get_full_name())
            yield Step(f"L’inscription {whose} à « {title} » attend votre accord.", home, "Répondre", rank=5)
    wanted = [item for item in lacking if item.who == WaitingOn.LEARNER]
    if wanted:
        others = len(wanted) - 1
        more = f" Et {others} autre{plural(others)}." if others else ""
        yield Step(f"Inscription à « {title} ». {wanted[0].text}{more}", home, "Compléter le dossier", rank=12)
    for payment in file.payments:
        if payment.funding.is_own and payment.is_due:
            yield Step(f"Un paiement est à faire pour « {title} ».", payment.get_absolute_url(), "Payer", rank=11)
    if is_own and not wanted and any(item.who == WaitingOn.GUARDIAN for item in lacking):
        yield Step(f"Votre inscription à « {title} » attend l’accord d’un responsable légal.", home, "Voir", rank=55)

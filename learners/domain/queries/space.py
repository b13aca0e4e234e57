"""What a person finds in « Mon espace »."""

from dataclasses import dataclass

from django.urls import reverse

from cned_portal.common.kept_sql import kept_sql
from cned_portal.common.progress import RunState
from learners.domain.space import STEPS_SHOWN, Section, Step, concern_of, next_steps
from learners.enums import DocumentKind, EnrolmentState, WaitingOn
from learners.models import Document, Enrolment

ENROLMENTS_SHOWN = 50
DOCUMENTS_SHOWN = 20


@dataclass(frozen=True)
class Space:
    number: str | None
    sections: list[Section]
    enrolments: list[Enrolment]
    documents: list[Document]
    others: list[Step]  # next steps told by the other parts of the portal

    @property
    def steps(self):
        """What comes next, the most useful first."""
        steps = [
            Step(
                f"{document.get_kind_display()} : la préparation a échoué.",
                document.get_absolute_url(),
                "Recommencer",
                rank=10,
            )
            for document in self.documents
            if document.state == RunState.FAILED
        ]
        asked = {document.enrolment_id for document in self.documents if document.kind == DocumentKind.SCHOOLING}
        steps += [
            Step(
                f"Votre inscription à « {item.training.title} » est confirmée : votre certificat vous attend.",
                item.get_absolute_url(),
                "Demander mon certificat de scolarité",
                rank=40,
            )
            for item in self.enrolments
            if item.is_enrolled and item.pk not in asked
        ]
        steps += [
            Step(
                f"Nous examinons votre demande d’inscription à « {item.training.title} ». Nous vous écrirons.", rank=60
            )
            for item in self.enrolments
            if item.state == EnrolmentState.REQUESTED and _is_ours(item) and not item.awaits_answer
        ]
        to_answer = {step.url for step in self.others}
        steps += [
            Step(f"L’inscription à « {item.training.title} » attend la réponse d’un responsable légal.", rank=60)
            for item in self.enrolments
            if item.awaits_answer and reverse("learners:seat", kwargs={"pk": item.seat.pk}) not in to_answer
        ]
        if not any(item.is_live for item in self.enrolments):
            steps.append(
                Step(
                    "Vous n’avez pas d’inscription en cours.",
                    reverse("catalogue:search"),
                    "Trouver une formation",
                    rank=70,
                )
            )
        return sorted([*steps, *self.others], key=lambda step: step.rank)[:STEPS_SHOWN]


def _is_ours(enrolment):
    """Whether a request waits for us, as far as its file says."""
    file = getattr(enrolment, "file", None)
    return file is None or file.waiting_on == WaitingOn.STAFF


def own_enrolments(user):
    """The person's enrolments with what pages show of them."""
    return Enrolment.objects.of_user(user).select_related(
        "training__unit", "session__action", "organisation", "file", "seat"
    )


def own_documents(user):
    return Document.objects.of_user(user).select_related("enrolment__training")


def _latest_enrolments(user):
    return own_enrolments(user).order_by("-requested_at", "-pk")[:ENROLMENTS_SHOWN]


def _latest_documents(user):
    return own_documents(user).order_by("-created_at", "-pk")[:DOCUMENTS_SHOWN]


@kept_sql
def _shown_enrolments(user):
    latest = _latest_enrolments(user).select_related(None).select_related("training__unit", "file", "seat")
    return latest.only(
        "state", "requested_at", "training__title", "training__unit__name", "file__waiting_on", "seat__agreed_at"
    )


@kept_sql
def _shown_documents(user):
    return _latest_documents(user).only("kind", "state", "issued_at", "revoked_at", "enrolment__training__title")


def space_of(user, *, whole=False):
    """The same number of queries whatever the person has.

    Enrolments and documents hold what the page shows of them, or all that they are where they are told `whole`.
    """
    concern = concern_of(user)
    return Space(
        number=concern.number,
        sections=concern.sections,
        enrolments=list(_latest_enrolments(user)) if whole else _shown_enrolments(user),
        documents=list(_latest_documents(user)) if whole else _shown_documents(user),
        others=next_steps(user, concern),
    )

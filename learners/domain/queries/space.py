"""What a person finds in « Mon espace »."""

from dataclasses import dataclass

from django.urls import reverse

from cned_portal.common.progress import RunState
from learners.domain.space import STEPS_SHOWN, Step, next_steps
from learners.enums import DocumentKind, EnrolmentState, WaitingOn
from learners.models import Document, Enrolment, LearnerProfile

ENROLMENTS_SHOWN = 50
DOCUMENTS_SHOWN = 20


@dataclass(frozen=True)
class Space:
    learner: LearnerProfile | None
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
            if item.state == EnrolmentState.REQUESTED and _is_ours(item)
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
    return Enrolment.objects.of_user(user).select_related("training__unit", "session__action", "organisation", "file")


def own_documents(user):
    return Document.objects.of_user(user).select_related("enrolment__training")


def space_of(user):
    """The same number of queries whatever the person has."""
    return Space(
        learner=LearnerProfile.objects.filter(user=user).first(),
        enrolments=list(own_enrolments(user).order_by("-requested_at", "-pk")[:ENROLMENTS_SHOWN]),
        documents=list(own_documents(user).order_by("-created_at", "-pk")[:DOCUMENTS_SHOWN]),
        others=next_steps(user),
    )

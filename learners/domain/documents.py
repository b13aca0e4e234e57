"""Documents: asked for by a verb, made once by a worker however often the message comes, then frozen."""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pghistory
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.pdf import render_pdf
from cned_portal.common.progress import RunState
from cned_portal.common.verbs import verb
from learners import tasks
from learners.domain.refusals import MoveRefused, Refusal
from learners.enums import CopyState, DocumentKind
from learners.models import Document, Enrolment, EnrolmentFile
from learners.validators import DOCUMENT_CODE_ALPHABET, DOCUMENT_CODE_LENGTH, spaced

logger = logging.getLogger(__name__)

STUCK_AFTER = timedelta(minutes=10)  # one page takes some seconds
FAILURE = "Le document n’a pas pu être préparé. Vous pouvez recommencer ; si cela dure, écrivez-nous."


@verb
def request_document(enrolment, *, acting_user, kind=DocumentKind.SCHOOLING):
    """Record the wish for a document; a worker makes it after the commit.

    Two clicks give one document: the one in preparation is returned, or the one of the day when it would say the same.
    Raises Refusal when the enrolment does not give right to it.
    """
    # The lock makes the second click wait for the first.
    Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    enrolment = _with_relations().get(pk=enrolment.pk)
    content = DOCUMENTS[kind]
    content.check(enrolment)
    same_kind = Document.objects.filter(enrolment=enrolment, kind=kind)
    waiting = same_kind.filter(state__in=[RunState.PENDING, RunState.RUNNING]).first()
    if waiting is not None:
        return waiting
    today = timezone.localdate()
    latest = same_kind.issued().filter(revoked_at=None).order_by("-issued_at").first()
    if latest is not None and latest.data == content.data(enrolment, today):
        return latest
    failed = same_kind.filter(state=RunState.FAILED).order_by("-created_at").first()
    if failed is not None:
        Document.objects.retry(failed.pk)
        _ask_worker(failed.pk)
        failed.refresh_from_db()
        return failed
    document = Document.objects.create(
        enrolment=enrolment, kind=kind, requested_by=acting_user, code=new_document_code()
    )
    _ask_worker(document.pk)
    return document


@verb
def retry_document(document, *, acting_user):
    """Ask again for a document that failed. Raises MoveRefused when it did not."""
    try:
        with transaction.atomic():
            asked = Document.objects.retry(document.pk)
    except IntegrityError:  # another one was asked for since
        asked = False
    if not asked:
        raise MoveRefused("Ce document est déjà prêt ou en préparation.")
    _ask_worker(document.pk)


@verb
def revoke_document(document, *, reason, acting_user, at=None):
    """The document is not valid any more: its public check says so. Raises MoveRefused when it cannot be revoked."""
    document = Document.objects.select_for_update().get(pk=document.pk)
    if not document.is_issued or document.is_revoked:
        raise MoveRefused("Seul un document délivré et valable peut être révoqué.")
    document.revoked_at = at or timezone.now()
    document.revoked_reason = reason
    document.save(update_fields=["revoked_at", "revoked_reason"])
    return document


def new_document_code():
    """Sixteen characters at random, 80 bits: nobody finds one by trying."""
    return "".join(secrets.choice(DOCUMENT_CODE_ALPHABET) for _ in range(DOCUMENT_CODE_LENGTH))


def build_document(pk):
    """Make a document once, however often the message is delivered; True when this call issued it.

    On failure the row says so to the person who waits, and the log says why.
    """
    with pghistory.context(verb="learners.build_document"):
        if not Document.objects.claim(pk):
            return False
        try:
            return _issue(pk)
        except Refusal as refusal:
            Document.objects.fail(pk, str(refusal))
        except Exception:
            logger.exception("document %s could not be made", pk)
            Document.objects.fail(pk, FAILURE)
        return False


def _issue(pk):
    document = Document.objects.get(pk=pk)
    enrolment = _with_relations().get(pk=document.enrolment_id)
    kind = DOCUMENTS[document.kind]
    kind.check(enrolment)
    issued_at = timezone.now()
    data = kind.data(enrolment, timezone.localdate(issued_at))
    Document.objects.advance(pk, 20)
    content = render_pdf(
        kind.template,
        {
            "title": document.get_kind_display(),
            "data": data,
            "code": spaced(document.code),
            "verify_url": verification_url(),
            "footer": "Document de démonstration, sans valeur officielle",
        },
    )
    Document.objects.advance(pk, 80)
    return Document.objects.succeed_with_file(pk, content, folder="documents", issued_at=issued_at, data=data)


@dataclass(frozen=True)
class Content:
    """What a kind of document says, how it is laid out, and who may ask for it."""

    template: str
    data: Callable
    allowed: Callable
    refusal: str

    def check(self, enrolment):
        if not self.allowed(enrolment):
            raise Refusal(self.refusal)


def certificate_data(enrolment, on):
    """What a certificate of schooling says on that day, in words that JSON keeps."""
    learner, session = enrolment.learner, enrolment.session
    user = learner.user
    reference = max(on, session.starts_on) if session and session.starts_on else on
    first = reference.year if reference.month >= 9 else reference.year - 1
    return {
        "name": user.get_full_name(),
        "initials": _initials(user),
        "date_of_birth": _iso(learner.date_of_birth),
        "learner_number": learner.number,
        "training": enrolment.training.title,
        "framework": enrolment.framework,
        "unit": enrolment.training.unit.name,
        "school_year": f"{first}-{first + 1}",
        "enrolled_on": _iso(timezone.localdate(enrolment.confirmed_at)),
        "starts_on": _iso(session.starts_on if session else None),
        "ends_on": _iso(session.ends_on if session else None),
        "issued_on": _iso(on),
    }


def attendance_data(enrolment, on):
    """What an attestation of attendance says: what was opened, finished, handed in, and the time declared."""
    progress = getattr(enrolment, "progress", None)
    rows = {row.module_id: row for row in enrolment.module_progress.all()}
    return certificate_data(enrolment, on) | {
        "started_on": _iso(enrolment.started_on),
        "finished_on": _iso(enrolment.finished_on),
        "last_activity_on": _day(progress.last_activity_at) if progress else None,
        "percent": progress.percent if progress else 0,
        "minutes": progress.minutes if progress else 0,
        "copies": progress.copies if progress else 0,
        "modules": [
            {
                "title": module.title,
                "hours": str(module.expected_hours),
                "opened_on": _day(rows[module.pk].opened_at) if module.pk in rows else None,
                "done_on": _day(rows[module.pk].done_at) if module.pk in rows else None,
            }
            for module in enrolment.training.modules.order_by("rank")
        ],
    }


def transcript_data(enrolment, on):
    """What a transcript says: each marked copy, in the order of the modules."""
    marked = enrolment.copies.filter(state=CopyState.MARKED).select_related("devoir__module", "correction")
    return certificate_data(enrolment, on) | {
        "grades": [
            {
                "module": copy.devoir.module.title,
                "devoir": copy.devoir.title,
                "handed_in_on": _day(copy.handed_in_at),
                "grade": None if copy.correction.grade is None else str(copy.correction.grade),
            }
            for copy in marked.order_by("devoir__module__rank", "devoir", "pk")
        ]
    }


def summary_data(enrolment, on):
    """What the summary of an enrolment says: the certificate's facts, and the contract."""
    return certificate_data(enrolment, on) | _contract_data(enrolment)


def _contract_data(enrolment):
    """Price, funders, payments, period to withdraw: the contract confirmed on a durable medium.

    Code de la consommation, L221-13.
    """
    file = EnrolmentFile.objects.with_parts().filter(enrolment=enrolment).first()
    session = enrolment.session
    data = {"action": session.action.name if session else "", "price": None, "fundings": [], "payments": []}
    if file is None:
        return data
    return data | {
        "price": str(file.price) if file.price is not None else None,
        "fundings": [
            {"label": line.get_kind_display(), "amount": str(line.amount), "reference": line.reference}
            for line in file.fundings.all()
            if line.amount is not None
        ],
        "payments": [
            {"amount": str(payment.amount), "due_on": _iso(payment.due_on)}
            for payment in file.payments
            if payment.funding.is_own
        ],
        "withdrawal_until": _iso(file.withdrawal_until),
        "early_start": file.early_start,
        "pieces": [piece.label for piece in file.pieces.all()],
        "agreed_by": file.agreement.given_by.get_full_name() if hasattr(file, "agreement") else "",
    }


DOCUMENTS = {
    DocumentKind.SCHOOLING: Content(
        "learners/pdf/certificat_scolarite.html",
        certificate_data,
        lambda enrolment: enrolment.is_enrolled,
        "Ce certificat se demande pour une inscription confirmée ou en cours.",
    ),
    DocumentKind.SUMMARY: Content(
        "learners/pdf/recapitulatif_inscription.html",
        summary_data,
        lambda enrolment: enrolment.is_enrolled,
        "Ce récapitulatif se demande pour une inscription confirmée ou en cours.",
    ),
    DocumentKind.ATTENDANCE: Content(
        "learners/pdf/attestation_assiduite.html",
        attendance_data,
        lambda enrolment: enrolment.started_on is not None and enrolment.confirmed_at is not None,
        "Cette attestation se demande une fois la formation commencée.",
    ),
    DocumentKind.TRANSCRIPT: Content(
        "learners/pdf/releve_notes.html",
        transcript_data,
        lambda enrolment: enrolment.copies.filter(state=CopyState.MARKED).exists(),
        "Ce relevé se demande une fois un devoir corrigé.",
    ),
}


def _day(moment):
    return _iso(timezone.localdate(moment)) if moment else None


def _iso(day):
    return day.isoformat() if day else None


def _initials(user):
    """« C. E. » for Camille Exemple; nothing of the mail address where there is no name."""
    return " ".join(f"{name[0].upper()}." for name in (user.first_name, user.last_name) if name)


def verification_url():
    return settings.SITE_URL + reverse("learners:verify")


def recover_documents():
    """Take up what a dead worker left, ask again for what no message announces any more; (freed, asked again)."""
    with pghistory.context(verb="learners.recover_documents"):
        freed = Document.objects.free_stuck(after=STUCK_AFTER)
    keys = Document.objects.lost()
    for pk in keys:
        tasks.build_document.delay(pk)
    return freed, len(keys)


def _with_relations():
    return Enrolment.objects.select_related("learner__user", "training__unit", "session", "progress")


def _ask_worker(pk):
    # A broker that is down does not undo the request: `recover_documents` asks again.
    transaction.on_commit(lambda: tasks.build_document.apply_async((pk,), retry=False), robust=True)

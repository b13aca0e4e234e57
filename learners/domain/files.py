"""Enrolment files: what is missing, whom it waits for, and the verbs by which each party does its share.

Every verb locks the enrolment first: two tabs, two agents or a provider that calls twice act one after the other.
"""

import hashlib
import logging
from dataclasses import dataclass

import pghistory
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.clients.clamd import ScanError, scan
from cned_portal.common.files import RefusedFile, file_type
from cned_portal.common.scanning import destroy_after_commit
from cned_portal.common.templatetags.french import after_de, euros
from cned_portal.common.verbs import verb
from learners import tasks
from learners.domain.admission import admission_of, position
from learners.domain.notifications import notify
from learners.domain.refusals import MoveRefused, Refusal
from learners.enums import Decision, EnrolmentState, FundingState, PaymentState, PieceState, WaitingOn
from learners.models import (
    Enrolment,
    EnrolmentFile,
    GuardianAgreement,
    Guardianship,
    Piece,
    Positioning,
    PriorLearning,
)

logger = logging.getLogger(__name__)

MAX_BYTES = 10 * 1024 * 1024
_FIRST = (WaitingOn.STAFF, WaitingOn.GUARDIAN, WaitingOn.LEARNER, WaitingOn.PAYMENT)


@dataclass(frozen=True)
class Missing:
    """Something without which the enrolment is not confirmed, or not settled: who does it, what it is."""

    who: str
    text: str


def missing(file):
    """What a file read `with_parts` lacks today, whoever has to do it."""
    found = []
    if file.enrolment.state == EnrolmentState.REQUESTED:
        found += [*_missing_from_staff(file), *_missing_from_learner(file), *_missing_agreement(file)]
    return found + _missing_money(file)


def _missing_from_staff(file):
    positioning, prior = _part(file, "positioning"), _part(file, "prior_learning")
    if positioning and positioning.is_pending:
        yield Missing(WaitingOn.STAFF, "Le positionnement attend une décision.")
    if prior and prior.is_pending:
        yield Missing(WaitingOn.STAFF, "Les acquis attendent une vérification.")
    for name, part in (("Le positionnement", positioning), ("La vérification des acquis", prior)):
        if part and part.decision == Decision.UNFAVOURABLE:
            yield Missing(WaitingOn.STAFF, f"{name} a une décision défavorable.")
    for piece in file.pieces.all():
        if piece.state == PieceState.TO_CHECK:
            yield Missing(WaitingOn.STAFF, f"Pièce à vérifier : {piece.label}.")
    for line in file.fundings.all():
        if line.state == FundingState.ASKED:
            yield Missing(WaitingOn.STAFF, f"Accord du financeur à enregistrer : {line.get_kind_display()}.")


def _missing_from_learner(file):
    if file.needs_positioning and not _part(file, "positioning"):
        yield Missing(WaitingOn.LEARNER, "Le questionnaire de positionnement n’est pas rempli.")
    if file.needs_prior_learning and not _part(file, "prior_learning"):
        yield Missing(WaitingOn.LEARNER, "Les acquis ne sont pas décrits.")
    for piece in file.pieces.all():
        if piece.is_wanted:
            yield Missing(WaitingOn.LEARNER, f"Pièce à fournir : {piece.label}.")
    if file.needs_acceptance:
        yield Missing(WaitingOn.LEARNER, "Le devis attend une réponse.")


def _missing_agreement(file):
    if not file.needs_agreement:
        return
    agreement = _part(file, "agreement")
    if agreement is None:
        yield Missing(WaitingOn.GUARDIAN, "L’accord d’un responsable légal manque.")
    elif not agreement.is_given:
        yield Missing(WaitingOn.STAFF, "Le responsable légal a refusé son accord.")


def _missing_money(file):
    money = []
    for payment in file.payments:
        if payment.state == PaymentState.TO_REFUND:
            money.append(Missing(WaitingOn.STAFF, f"À rembourser : {euros(payment.amount)}."))
        elif payment.is_unpaid and payment.due_on is not None:
            money.append(Missing(WaitingOn.PAYMENT, f"À payer : {euros(payment.amount)}."))
    return money


def _part(file, name):
    return getattr(file, name, None)  # the other side of a one-to-one raises an AttributeError when there is none


def refresh(file):
    """Work out whom the file waits for, after any change; the file as it now is."""
    file = EnrolmentFile.objects.with_parts().get(pk=file.pk)
    waits = {item.who for item in missing(file)}
    waiting_on = next((who for who in _FIRST if who in waits), WaitingOn.NOBODY)
    if waiting_on == WaitingOn.NOBODY and file.enrolment.state == EnrolmentState.REQUESTED:
        waiting_on = WaitingOn.STAFF  # to confirm
    if waiting_on != file.waiting_on:
        file.waiting_on, file.waiting_since = waiting_on, timezone.now()
        file.save(update_fields=["waiting_on", "waiting_since"])
    return file


def locked(file, *, requested=True):
    """The file with all its parts, its enrolment locked. Raises MoveRefused when it is no longer a request."""
    Enrolment.objects.select_for_update().get(pk=file.enrolment_id)
    file = EnrolmentFile.objects.with_parts().get(pk=file.pk)
    if requested and file.enrolment.state != EnrolmentState.REQUESTED:
        state = file.enrolment.get_state_display().lower()
        raise MoveRefused(f"Cette inscription est {state} : son dossier ne change plus.")
    return file


def tell(file, news, *, key, path=None):
    """Tell the learner something new about their file, in the transaction of the fact."""
    context = {"enrolment": file.enrolment, "news": news, "url": path or file.enrolment.get_absolute_url()}
    notify(file.enrolment.learner.user, event="enrolment_news", key=f"enrolment_{key}", context=context)


def open_file(enrolment, *, ratings=None, declared="", early_start=False, price=None, at=None):
    """Make the file of a new request, with what its training asks; called by `enrol` alone."""
    admission = admission_of(enrolment.training)
    is_minor = enrolment.learner.is_minor
    questions = list(admission.questions.all()) if admission else []
    file = EnrolmentFile.objects.create(
        enrolment=enrolment,
        needs_agreement=is_minor,
        needs_positioning=bool(questions),
        needs_prior_learning=bool(admission and admission.checks_prior_learning),
        early_start=early_start,
        price=price,
        price_accepted_at=at if price is not None else None,
        waiting_since=at or timezone.now(),
    )
    if admission:
        wanted = [piece for piece in admission.required_pieces.all() if is_minor or not piece.minors_only]
        Piece.objects.bulk_create(Piece(file=file, label=piece.label, why=piece.why) for piece in wanted)
    if questions and ratings is not None:
        _position(file, admission, ratings)
    if file.needs_prior_learning and declared:
        _declare(file, declared)
    if is_minor:
        ask_agreement(file)
    return file


def ask_agreement(file):
    """Tell the adults who already sign for the minor that a file waits for them."""
    url = reverse("learners:agreement", kwargs={"pk": file.pk})
    signing = Guardianship.objects.signing().filter(learner=file.enrolment.learner).select_related("guardian")
    for guardianship in signing:
        notify(
            guardianship.guardian,
            event="agreement_asked",
            key=f"agreement_asked:{file.pk}:{guardianship.pk}",
            context={"enrolment": file.enrolment, "url": url},
        )


@verb
def answer_positioning(file, *, ratings, acting_user):
    """Answer the questionnaire after the request, when it was made by another. Once."""
    file = locked(file)
    if not file.needs_positioning or _part(file, "positioning"):
        raise MoveRefused("Ce questionnaire est déjà rempli.")
    _position(file, admission_of(file.enrolment.training), ratings)
    return refresh(file)


@verb
def declare_prior_learning(file, *, declared, acting_user):
    """Say what one holds of the prerequisites. Once."""
    file = locked(file)
    if not file.needs_prior_learning or _part(file, "prior_learning"):
        raise MoveRefused("Vos acquis sont déjà décrits.")
    _declare(file, declared)
    return refresh(file)


def _position(file, admission, ratings):
    result = position(admission, ratings)
    Positioning.objects.create(file=file, answers=result.answers, percent=result.percent, advice=result.advice)


def _declare(file, declared):
    PriorLearning.objects.create(file=file, prerequisites=file.enrolment.training.prerequisites, declared=declared)


@verb
def decide_positioning(file, *, decision, reason, acting_user, seen=Decision.PENDING):
    """What a person concludes from a positioning; `seen` is the decision they read, which they may correct.

    Raises MoveRefused when another has decided meanwhile.
    """
    file = locked(file)
    part = _part(file, "positioning")
    return _decide(file, part, decision, reason, acting_user, seen, "Votre positionnement")


@verb
def decide_prior_learning(file, *, decision, reason, acting_user, seen=Decision.PENDING):
    """What a person concludes from the check of prior learning; see `decide_positioning`."""
    file = locked(file)
    part = _part(file, "prior_learning")
    return _decide(file, part, decision, reason, acting_user, seen, "La vérification de vos acquis")


def _decide(file, part, decision, reason, acting_user, seen, subject):
    if part is None:
        raise MoveRefused("Il n’y a rien à décider ici.")
    if part.decision != seen:
        who = part.decided_by.get_full_name() if part.decided_by else "le portail"
        raise MoveRefused(f"Cette décision vient d’être prise, par {who} : {part.get_decision_display().lower()}.")
    if decision not in {Decision.FAVOURABLE, Decision.ADAPTED, Decision.UNFAVOURABLE} or not reason.strip():
        raise Refusal("Une décision a une issue et une raison.")
    part.decision, part.reason = decision, reason.strip()
    part.decided_by, part.decided_at = acting_user, timezone.now()
    part.save(update_fields=["decision", "reason", "decided_by", "decided_at"])
    news = f"{subject} a reçu une décision : {part.get_decision_display().lower()}. {part.reason}"
    tell(file, news, key=f"{part._meta.model_name}_decided:{part.pk}:{part.decided_at.timestamp():.0f}")
    return refresh(file)


@verb
def provide_piece(piece, *, name, content, acting_user):
    """Give the file of a piece, or another in its place until it is accepted. Raises Refusal, the piece unchanged."""
    file = locked(piece.file)
    piece = Piece.objects.get(pk=piece.pk)
    if piece.state == PieceState.ACCEPTED:
        raise MoveRefused("Cette pièce est déjà acceptée.")
    try:
        kind = judged(name, content)
    except RefusedFile as refusal:
        raise Refusal(str(refusal)) from None
    sha256 = hashlib.sha256(content).hexdigest()
    if piece.state == PieceState.TO_CHECK and piece.sha256 == sha256:
        return piece  # sent twice
    _forget_content(piece)
    piece.content.save(f"piece.{kind.extension}", ContentFile(content), save=False)
    piece.name, piece.content_type, piece.sha256 = name[:150] or "sans nom", kind.content_type, sha256
    piece.state, piece.provided_at, piece.is_safe = PieceState.TO_CHECK, timezone.now(), not settings.CLAMD_ADDRESS
    piece.checked_by, piece.checked_at, piece.reason = None, None, ""
    piece.save()
    if not piece.is_safe:
        transaction.on_commit(lambda: tasks.scan_pieces.apply_async(retry=False), robust=True)
    refresh(file)
    return piece


def judged(name, content):
    """Type of a piece from its bytes: a document or an image. Raises RefusedFile."""
    if len(content) > MAX_BYTES:
        raise RefusedFile("Ce fichier dépasse 10 Mo.")
    kind = file_type(name, content)
    if kind.extension not in {"pdf", "png", "jpg", "webp", "heic", "odt", "docx"}:
        raise RefusedFile("Ce type de fichier n’est pas accepté ici : envoyez un PDF, une image ou un document texte.")
    return kind


@verb
def check_piece(piece, *, sha256, accepted, acting_user, reason=""):
    """Accept the file that was read, or ask for it again and say why.

    `sha256` is that of the file the person read. Raises MoveRefused when it was checked or replaced meanwhile.
    """
    file = locked(piece.file)
    piece = Piece.objects.get(pk=piece.pk)
    if piece.state != PieceState.TO_CHECK:
        raise MoveRefused(f"Cette pièce n’est plus à vérifier : {piece.get_state_display().lower()}.")
    if piece.sha256 != sha256:
        raise MoveRefused("Un autre fichier a été envoyé entre-temps : ouvrez-le avant de décider.")
    if not accepted and not reason.strip():
        raise Refusal("Dites pourquoi la pièce est à fournir de nouveau.")
    piece.state = PieceState.ACCEPTED if accepted else PieceState.REFUSED
    piece.reason = "" if accepted else reason.strip()
    piece.checked_by, piece.checked_at = acting_user, timezone.now()
    piece.save(update_fields=["state", "reason", "checked_by", "checked_at"])
    if not accepted:
        news = f"Une pièce est à fournir de nouveau, « {piece.label} » : {piece.reason}"
        tell(file, news, key=f"piece_refused:{piece.pk}:{piece.checked_at.timestamp():.0f}")
    refresh(file)
    return piece


def open_piece(pieces, pk):
    """(row, open file) of one of these pieces, once it may be read; else None."""
    piece = pieces.filter(pk=pk, is_safe=True).exclude(content="").first()
    if piece is None:
        return None
    try:
        return piece, piece.content.open("rb")
    except FileNotFoundError:
        logger.error("file of piece %s is missing", piece.pk)
        return None


def scan_pieces(*, most=100):
    """Have the antivirus read what waits; number of pieces settled. A daemon that is away leaves them closed."""
    settled = 0
    waiting = Piece.objects.filter(is_safe=False, state=PieceState.TO_CHECK, erased_at=None).order_by(
        "provided_at", "pk"
    )
    for pk, file_pk in list(waiting.values_list("pk", "file_id")[:most]):
        with transaction.atomic(), pghistory.context(verb="learners.scan_pieces"):
            file = locked(EnrolmentFile.objects.get(pk=file_pk), requested=False)
            piece = waiting.filter(pk=pk).first()
            if piece is None:
                continue
            try:
                with piece.content.open("rb") as content:
                    virus = scan(content.read(), address=settings.CLAMD_ADDRESS)
            except (ScanError, FileNotFoundError) as error:
                logger.error("piece %s could not be scanned", pk, extra={"error": str(error)})
                return settled
            if virus:
                _refuse_infected(piece)
                tell(file, f"Une pièce est à fournir de nouveau, « {piece.label} » : {piece.reason}", key=f"virus:{pk}")
            else:
                piece.is_safe = True
                piece.save(update_fields=["is_safe"])
            refresh(file)
            settled += 1
    return settled


def _refuse_infected(piece):
    logger.warning("infected piece %s", piece.pk)
    _forget_content(piece)
    piece.content, piece.state, piece.checked_at = "", PieceState.REFUSED, timezone.now()
    piece.reason = "L’antivirus a trouvé un programme malveillant : le fichier est détruit."
    piece.save(update_fields=["content", "state", "checked_at", "reason"])


def _forget_content(piece):
    """Remove the bytes once the transaction that replaces them is done."""
    if piece.content:
        destroy_after_commit(piece.content)


def agreement_text(file):
    """What the guardian reads before answering; kept as it was with the answer."""
    enrolment = file.enrolment
    price = f" Le prix est de {euros(file.price)}." if file.price else ""
    return (
        f"Je suis responsable légal {after_de(enrolment.learner.user.get_full_name())} et j’accepte son inscription "
        f"à la formation « {enrolment.training.title} » ({enrolment.framework}), qui se suit à distance.{price} "
        "J’accepte que le Cned traite les données nécessaires à cette inscription."
    )


@verb
def answer_agreement(file, *, is_given, text, acting_user):
    """Record the answer of an adult who signs for the minor, to the text they read.

    Raises Refusal to who does not sign for them, MoveRefused when an adult has answered already or when the text is
    no longer the one that was read. The same answer of the same person twice changes nothing.
    """
    file = locked(file)
    learner = file.enrolment.learner
    if not Guardianship.objects.signing().filter(guardian=acting_user, learner=learner).exists():
        raise Refusal("Seul un responsable légal de cet apprenant répond.")
    if not file.needs_agreement:
        raise MoveRefused("Cette inscription ne demande pas d’accord.")
    known = _part(file, "agreement")
    if known is not None:
        if known.given_by_id == acting_user.pk and known.is_given == is_given:
            return known
        raise MoveRefused("Un responsable a déjà répondu pour cette inscription.")
    if text != agreement_text(file):
        raise MoveRefused("Le dossier a changé depuis que vous avez ouvert cette page : relisez-la avant de répondre.")
    answer = GuardianAgreement.objects.create(file=file, given_by=acting_user, is_given=is_given, text=text)
    news = "a donné son accord à votre inscription." if is_given else "n’a pas donné son accord à votre inscription."
    tell(file, f"Votre responsable légal {news}", key=f"agreement:{file.pk}")
    refresh(file)
    return answer

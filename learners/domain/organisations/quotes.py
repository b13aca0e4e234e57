"""Verbs on quotes: asked for, drafted, sent and frozen, accepted by a signature or a purchase order, or closed."""

import logging
from datetime import timedelta
from decimal import Decimal

import pghistory
from django.db import IntegrityError, transaction
from django.utils import timezone

from cned_portal.common.outbox.domain.queue import queue_mails
from cned_portal.common.pdf import render_pdf
from cned_portal.common.templatetags.french import euros, french_day
from cned_portal.common.verbs import verb
from learners import tasks
from learners.domain.organisations.relations import add_file
from learners.domain.organisations.seats import open_seats
from learners.domain.refusals import MoveRefused, Refusal
from learners.enums import ENROLLING_ROLES, QUOTE_MOVES, Acceptance, OrganisationFileKind
from learners.enums import QuoteState as State
from learners.models import Quote, QuoteDocument, QuoteLine
from learners.models.quotes import CENT

logger = logging.getLogger(__name__)

VALID_FOR = timedelta(days=60)
MOST_LINES = 50
FAILURE = "Le PDF n’a pas pu être préparé. Vous pouvez recommencer ; si cela dure, prévenez un administrateur."


@verb
def request_quote(organisation, *, request, acting_user):
    """A member says what the organisation needs; the DAIC finds it in its list."""
    return Quote.objects.create(organisation=organisation, request=request, requested_by=acting_user)


@verb
def draft_quote(organisation, *, acting_user):
    """Begin a quote that nobody asked for on the portal."""
    return Quote.objects.create(organisation=organisation, state=State.DRAFT, valid_until=_default_validity())


@verb
def set_quote_terms(quote, *, valid_until, vat_rate, vat_mention, acting_user):
    quote = _editable(quote)
    quote.valid_until, quote.vat_rate, quote.vat_mention = valid_until, vat_rate, vat_mention
    quote.save(update_fields=["valid_until", "vat_rate", "vat_mention"])


@verb
def add_quote_line(quote, *, session, seats, unit_price, acting_user):
    """Raises Refusal when the session is already in the quote."""
    quote = _editable(quote)
    if quote.lines.count() >= MOST_LINES:
        raise Refusal(f"Un devis a {MOST_LINES} lignes au plus.")
    try:
        with transaction.atomic():
            return QuoteLine.objects.create(quote=quote, session=session, seats=seats, unit_price=unit_price)
    except IntegrityError:
        raise Refusal("Cette formule est déjà dans le devis.") from None


@verb
def remove_quote_line(line, *, acting_user):
    _editable(line.quote)
    QuoteLine.objects.filter(pk=line.pk).delete()


@verb
def send_quote(quote, *, acting_user, at=None):
    """Freeze what the quote says, have its PDF made, tell those who may accept it."""
    at = at or timezone.now()
    quote = _editable(quote)
    lines = list(quote.lines.select_related("session__action__training").order_by("pk"))
    if not lines:
        raise Refusal("Un devis a au moins une ligne.")
    if quote.valid_until is None or quote.valid_until < timezone.localdate(at):
        raise Refusal("La date de validité est passée : choisissez-en une autre.")
    if not quote.organisation.is_active:
        raise Refusal("Cette organisation n’est plus active.")
    _move(quote, State.SENT, sent_at=at, content=quote_content(quote, lines, timezone.localdate(at)))
    document = QuoteDocument.objects.create(quote=quote)
    _ask_worker(document.pk)
    readers = quote.organisation.members.filter(role__in=ENROLLING_ROLES, user__is_active=True).select_related("user")
    queue_mails(
        [
            {
                "key": f"learners.quote_sent:{quote.pk}:{member.pk}",
                "kind": "learners/email/quote_sent",
                "to": member.user.email,
                "context": {"quote": quote, "name": member.user.get_full_name(), "url": quote.get_absolute_url()},
            }
            for member in readers
        ]
    )
    return quote


@verb
def sign_quote(quote, *, name, position, acting_user, at=None):
    """Accept by a named person, with the words they agreed to. Raises MoveRefused when it can no more be accepted."""
    at = at or timezone.now()
    quote = _offered(quote, at)
    text = signed_text(quote, name=name, position=position, on=timezone.localdate(at))
    signature = {"signatory_name": name, "signatory_position": position, "signed_text": text}
    _accept(quote, Acceptance.SIGNATURE, acting_user, at, **signature)
    return quote


@verb
def order_quote(quote, *, number, file_name, content, acting_user, at=None):
    """Accept by a purchase order: its number and its file, judged by its content."""
    at = at or timezone.now()
    quote = _offered(quote, at)
    add_file(
        quote.organisation,
        kind=OrganisationFileKind.PURCHASE_ORDER,
        title=f"Bon de commande {number}",
        name=file_name,
        content=content,
        quote=quote,
        acting_user=acting_user,
    )
    _accept(quote, Acceptance.PURCHASE_ORDER, acting_user, at, order_number=number)
    return quote


@verb
def refuse_quote(quote, *, reason, acting_user, at=None):
    """The organisation does not want it."""
    return _close(quote, State.REFUSED, reason, at)


@verb
def cancel_quote(quote, *, reason, acting_user, at=None):
    """The DAIC gives it up, before or after it was sent."""
    return _close(quote, State.CANCELLED, reason, at)


@verb
def expire_quotes(*, acting_user=None, at=None):
    """Close the quotes whose validity is over; number of quotes closed."""
    at = at or timezone.now()
    return Quote.objects.out_of_date(timezone.localdate(at)).update(state=State.EXPIRED, closed_at=at)


@verb
def retry_quote_document(document, *, acting_user):
    """Make again a PDF that failed. Raises MoveRefused when it did not."""
    if not QuoteDocument.objects.retry(document.pk):
        raise MoveRefused("Ce document est prêt ou en préparation.")
    _ask_worker(document.pk)


def quote_content(quote, lines, on):
    """What a quote says, in words that JSON keeps: amounts are texts, a rounding is never done twice."""
    net = sum((line.total for line in lines), Decimal(0))
    vat = (net * quote.vat_rate / 100).quantize(CENT)
    organisation = quote.organisation
    return {
        "reference": quote.reference,
        "organisation": organisation.name,
        "identifiers": [list(pair) for pair in organisation.identifiers],
        "town": f"{organisation.postal_code} {organisation.city}".strip(),
        "lines": [
            {
                "training": line.session.action.training.title,
                "action": line.session.action.name,
                "starts_on": line.session.starts_on.isoformat() if line.session.starts_on else None,
                "seats": line.seats,
                "unit_price": str(line.unit_price),
                "total": str(line.total),
            }
            for line in lines
        ],
        "net": str(net),
        "vat_rate": str(quote.vat_rate),
        "vat": str(vat),
        "vat_mention": quote.vat_mention,
        "total": str(net + vat),
        "sent_on": on.isoformat(),
        "valid_until": quote.valid_until.isoformat(),
    }


def signed_text(quote, *, name, position, on):
    """The words that a signatory agrees to: shown before, kept as they were."""
    return (
        f"Bon pour accord. {name}, {position}, accepte au nom de {quote.organisation.name} le devis "
        f"{quote.content['reference']} d’un montant total de {euros(quote.content['total'])}, le {french_day(on)}."
    )


def build_quote_document(pk):
    """Make the PDF once, however often the message is delivered; True when this call made it."""
    with pghistory.context(verb="learners.build_quote_document"):
        if not QuoteDocument.objects.claim(pk):
            return False
        try:
            content = QuoteDocument.objects.select_related("quote").get(pk=pk).quote.content
            pdf = render_pdf(
                "learners/pdf/quote.html",
                {
                    "title": f"Devis {content['reference']}",
                    "content": content,
                    "footer": "Document de démonstration, sans valeur officielle",
                },
            )
            return QuoteDocument.objects.succeed_with_file(pk, pdf, folder="quotes")
        except Exception:
            logger.exception("the document of quote document %s could not be made", pk)
            QuoteDocument.objects.fail(pk, FAILURE)
        return False


def recover_quote_documents():
    """Take up what a dead worker left, ask again for what no message announces."""
    QuoteDocument.objects.free_stuck(after=timedelta(minutes=10))
    for pk in QuoteDocument.objects.lost():
        tasks.build_quote_document.delay(pk)


def _default_validity():
    return timezone.localdate() + VALID_FOR


def _locked(quote):
    return Quote.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=quote.pk)


def _editable(quote):
    """The quote, locked; one that was asked for becomes a draft at the first touch."""
    quote = _locked(quote)
    if not quote.is_editable:
        raise MoveRefused(f"Ce devis est {quote.get_state_display().lower()} : il ne change plus.")
    if quote.state == State.REQUESTED:
        _move(quote, State.DRAFT, valid_until=quote.valid_until or _default_validity())
    return quote


def _offered(quote, at):
    quote = _locked(quote)
    if not quote.is_offered:
        raise MoveRefused(f"Ce devis est {quote.get_state_display().lower()} : il ne peut plus être accepté.")
    if quote.valid_until < timezone.localdate(at):
        raise MoveRefused("Ce devis n’est plus valable : demandez-en un nouveau.")
    return quote


def _accept(quote, acceptance, acting_user, at, **fields):
    _move(quote, State.ACCEPTED, acceptance=acceptance, accepted_at=at, accepted_by=acting_user, **fields)
    open_seats(quote)


def _close(quote, state, reason, at):
    return _move(_locked(quote), state, closed_at=at or timezone.now(), closing_reason=reason)


def _move(quote, state, **fields):
    if state not in QUOTE_MOVES[quote.state]:
        now, wished = quote.get_state_display().lower(), State(state).label.lower()
        raise MoveRefused(f"Ce devis est {now} : il ne peut pas devenir {wished}.")
    quote.state = state
    for name, value in fields.items():
        setattr(quote, name, value)
    quote.save(update_fields=["state", *fields])
    return quote


def _ask_worker(pk):
    # A broker that is down does not undo the sending: `recover_quote_documents` asks again.
    transaction.on_commit(lambda: tasks.build_quote_document.apply_async((pk,), retry=False), robust=True)

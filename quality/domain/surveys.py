"""The survey after a closed ticket: it leaves by itself, once, and is answered from the mail without an account."""

import hashlib
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.outbox.domain.queue import queue_mail
from cned_portal.common.outbox.enums import Delivery, Priority
from cned_portal.common.verbs import verb
from crc.enums import Kind, State
from crc.models import Ticket
from quality.models import Survey, SurveyAnswer, SurveyInvitation, SurveyOptOut

INVITATION_MAIL = "quality/email/ticket_survey"
MAIL_KEY = "quality.ticket_survey:"  # then the ticket's key
LOOK_BACK = timedelta(days=7)  # a closure older than this is not worth a question any more
BATCH = 200
READ_AT_ONCE = 1_000
TOKEN_MAX_LENGTH = 100
_SALT = "quality.survey"


class AlreadyAnswered(Exception):
    """The survey has its answers."""


def recipient_digest(email):
    """What is kept of an address: enough to recognise it, not to write to it."""
    return hashlib.sha256(f"{settings.SECRET_KEY}:{email.strip().lower()}".encode()).hexdigest()


def survey_token(invitation):
    """The token of the mail's link: the invitation and the generation of its ticket's links, under a signature."""
    return _signer().sign(f"{invitation.pk}-{invitation.ticket.tracking_generation}")


def find_invitation(token):
    """The invitation that a token opens, expired or not; None when it is forged, or revoked with the ticket's links."""
    key, generation = _read(token)
    return _invitations().filter(pk=key, ticket__tracking_generation=generation).first()


def find_invited(token):
    """The invitation that a token names: a revoked link still serves to refuse the surveys."""
    return _invitations().filter(pk=_read(token)[0]).first()


def _invitations():
    return SurveyInvitation.objects.select_related("survey", "ticket")


def _signer():
    return signing.Signer(salt=_SALT, sep=".")


def _read(token):
    """(key, generation) of a token, the first one where it names none; (None, None) when it is not ours."""
    if len(token) <= TOKEN_MAX_LENGTH:
        try:
            key, _, generation = _signer().unsign(token).partition("-")
            return int(key), int(generation or 1)
        except (signing.BadSignature, ValueError):
            pass
    return None, None


def invite_after_closed_tickets(*, now=None):
    """Invite the requesters of tickets closed for long enough; number of invitations written.

    Restricted services and hazards are left out, and people who refused or were asked lately: their tickets are passed
    over, however many they are. Any number of these may run at once: one invitation for a ticket is a constraint, a
    ticket somebody else holds is skipped, and invitations to one person are written one after the other.
    """
    survey = Survey.objects.filter(is_active=True).first()
    if survey is None:
        return 0
    now = now or timezone.now()
    due = (
        Ticket.objects.filter(
            state=State.CLOSED,
            anonymised_at=None,
            closed_at__lte=now - timedelta(hours=survey.delay_hours),
            closed_at__gt=now - timedelta(hours=survey.delay_hours) - LOOK_BACK,
            service__is_restricted=False,
            merged_into__isnull=True,  # the other one's answer is what they can judge
            split__undone_at__isnull=True,
        )
        .exclude(kind=Kind.HAZARD)
        .exclude(Exists(SurveyInvitation.objects.filter(ticket=OuterRef("pk"))))
        .order_by("closed_at", "pk")
    )
    written, after = 0, None
    while written < BATCH:
        rows = due if after is None else due.filter(_is_after(*after))
        rows = list(rows.values_list("pk", "requester_email", "closed_at")[:READ_AT_ONCE])
        if not rows:
            break
        after = rows[-1][2], rows[-1][0]
        recipients = {key: recipient_digest(email) for key, email, _ in rows}
        spared = _spared(survey, set(recipients.values()), now)
        for key, recipient in recipients.items():
            if written < BATCH and recipient not in spared and invite(survey, key, acting_user=None, now=now):
                spared.add(recipient)
                written += 1
    return written


def _is_after(closed_at, key):
    return Q(closed_at__gt=closed_at) | Q(closed_at=closed_at, pk__gt=key)


def _spared(survey, recipients, now):
    """Those who refused, or were asked too lately to be asked again."""
    since = now - timedelta(days=survey.cooldown_days)
    refused = SurveyOptOut.objects.filter(recipient__in=recipients).values_list("recipient", flat=True)
    asked = SurveyInvitation.objects.filter(recipient__in=recipients, invited_at__gt=since)
    return {*refused, *asked.values_list("recipient", flat=True)}


@verb
def invite(survey, ticket_key, *, acting_user, now):
    """Write the invitation and its mail; False where somebody else did, the ticket moved, or the person is spared."""
    closed = Ticket.objects.filter(pk=ticket_key, state=State.CLOSED, merged_into__isnull=True)
    ticket = closed.select_for_update(skip_locked=True, of=("self",)).first()
    if ticket is None:
        return False
    recipient = recipient_digest(ticket.requester_email)
    with connection.cursor() as cursor:  # until the end of the transaction: nobody else invites this person meanwhile
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [recipient])
    if _spared(survey, {recipient}, now):
        return False
    try:
        with transaction.atomic():
            invitation = SurveyInvitation.objects.create(
                survey=survey,
                ticket=ticket,
                service_id=ticket.service_id,
                recipient=recipient,
                invited_at=now,
                expires_at=now + timedelta(days=survey.expires_days),
            )
    except IntegrityError:
        return False
    token = survey_token(invitation)
    refuse_url = settings.SITE_URL + reverse("quality:refuse", args=[token])
    queue_mail(
        key=f"{MAIL_KEY}{ticket.pk}",
        kind=INVITATION_MAIL,
        to=ticket.requester_email,
        context={
            "ticket": ticket,
            "survey": survey,
            "invitation": invitation,
            "survey_url": settings.SITE_URL + reverse("quality:survey", args=[token]),
            "refuse_url": refuse_url,
        },
        delivery=Delivery.AT_MOST_ONCE,
        priority=Priority.LOW,
        headers={"List-Unsubscribe": f"<{refuse_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )
    return True


def still_wanted(keys):
    """Keys of invitation mails that may leave: their ticket is still closed and the person did not refuse."""
    tickets = [int(key.rpartition(":")[2]) for key in keys]
    wanted = (
        SurveyInvitation.objects.filter(ticket__in=tickets, ticket__state=State.CLOSED, answered_at__isnull=True)
        .exclude(Exists(SurveyOptOut.objects.filter(recipient=OuterRef("recipient"))))
        .values_list("ticket", flat=True)
    )
    return {f"{MAIL_KEY}{ticket}" for ticket in wanted}


@verb
def answer_survey(invitation, answers, *, acting_user, now=None):
    """Record the answers of a person, once and for good. `answers`: {question: value, empty values left out}.

    Raises AlreadyAnswered for the second of two sendings, and for an invitation that expired.
    """
    now = now or timezone.now()
    taken = SurveyInvitation.objects.filter(
        pk=invitation.pk, answered_at__isnull=True, invited_at__lte=now, expires_at__gte=now
    ).update(answered_at=now)
    if not taken:
        raise AlreadyAnswered
    SurveyAnswer.objects.bulk_create(
        SurveyAnswer(invitation=invitation, question=question, **{field: value})
        for question, (field, value) in answers.items()
    )


@verb
def refuse_surveys(invitation, *, acting_user):
    """Send no survey any more to the person of this invitation."""
    SurveyOptOut.objects.get_or_create(recipient=invitation.recipient)

"""The survey after a closed ticket: it leaves by itself, once, and is answered from the mail without an account."""

import hashlib
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.outbox.domain.queue import queue_mail
from cned_portal.common.outbox.enums import Delivery, Priority
from cned_portal.common.verbs import verb
from crc.enums import Kind, State
from crc.models import Ticket
from quality.models import Survey, SurveyAnswer, SurveyInvitation, SurveyOptOut

INVITATION_MAIL = "quality/email/ticket_survey"
LOOK_BACK = timedelta(days=7)  # a closure older than this is not worth a question any more
BATCH = 200
TOKEN_MAX_LENGTH = 100
_SALT = "quality.survey"


class AlreadyAnswered(Exception):
    """The survey has its answers."""


def recipient_digest(email):
    """What is kept of an address: enough to recognise it, not to write to it."""
    return hashlib.sha256(f"{settings.SECRET_KEY}:{email.strip().lower()}".encode()).hexdigest()


def survey_token(invitation):
    """The token of the mail's link: it names the invitation under a signature, and nothing personal."""
    return signing.Signer(salt=_SALT, sep=".").sign(str(invitation.pk))


def find_invitation(token):
    """The invitation that a token opens, expired or not; None when it is forged."""
    if len(token) > TOKEN_MAX_LENGTH:
        return None
    try:
        key = signing.Signer(salt=_SALT, sep=".").unsign(token)
    except signing.BadSignature:
        return None
    return SurveyInvitation.objects.select_related("survey", "ticket").filter(pk=key).first()


def invite_after_closed_tickets(*, now=None):
    """Invite the requesters of tickets closed for long enough; number of invitations written.

    Restricted services and hazards are left out, and people who refused or were asked lately. Any number of these may
    run at once: one invitation for a ticket is a constraint, and a ticket somebody else holds is skipped.
    """
    survey = Survey.objects.filter(is_active=True).first()
    if survey is None:
        return 0
    now = now or timezone.now()
    due = (
        Ticket.objects.filter(
            state=State.CLOSED,
            closed_at__lte=now - timedelta(hours=survey.delay_hours),
            closed_at__gt=now - timedelta(hours=survey.delay_hours) - LOOK_BACK,
            service__is_restricted=False,
        )
        .exclude(kind=Kind.HAZARD)
        .exclude(Exists(SurveyInvitation.objects.filter(ticket=OuterRef("pk"))))
        .order_by("closed_at", "pk")
        .values_list("pk", flat=True)
    )
    return sum(invite(survey, key, acting_user=None, now=now) for key in list(due[:BATCH]))


@verb
def invite(survey, ticket_key, *, acting_user, now):
    """Write the invitation and its mail; False where somebody else did, the ticket moved, or the person is spared."""
    closed = Ticket.objects.filter(pk=ticket_key, state=State.CLOSED)
    ticket = closed.select_for_update(skip_locked=True, of=("self",)).first()
    if ticket is None:
        return False
    recipient = recipient_digest(ticket.requester_email)
    since = now - timedelta(days=survey.cooldown_days)
    if SurveyOptOut.objects.filter(recipient=recipient).exists():
        return False
    if SurveyInvitation.objects.filter(recipient=recipient, invited_at__gt=since).exists():
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
        key=f"quality.ticket_survey:{ticket.pk}",
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
    return {f"quality.ticket_survey:{ticket}" for ticket in wanted}


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

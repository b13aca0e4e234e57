"""Tickets, their messages and their log."""

from datetime import timedelta
from functools import cached_property

import pgtrigger
from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils import timezone

from catalogue.models import UnitMembership
from cned_portal.common.history import append_only, tracked
from cned_portal.common.validators import validate_single_line
from crc.enums import (
    ALLOWED_MOVES,
    TO_ANSWER,
    Channel,
    Direction,
    Event,
    Kind,
    Language,
    Priority,
    Public,
    State,
    Visibility,
)
from crc.models._merge import merge_without_chain
from crc.models.routing import Topic
from crc.models.services import Service
from crc.validators import REFERENCE_PATTERN

BODY_MAX_LENGTH = 20_000
REOPEN_WINDOW = timedelta(days=30)


class TicketQuerySet(models.QuerySet):
    def to_answer(self):
        """The portal owes an answer."""
        return self.filter(state__in=TO_ANSWER)

    def late(self, at=None):
        """An answer is owed and its promised date has passed."""
        return self.to_answer().filter(due_at__lt=at or timezone.now())

    def past_promise(self, at=None):
        """An answer is owed and a date promised for it has passed, even where a new one was given since."""
        at = at or timezone.now()
        first_missed = Q(first_answer_at__isnull=True, first_due_at__lt=at)
        return self.to_answer().filter(Q(due_at__lt=at) | first_missed)

    def of_requester(self, user):
        """Tickets asked from this account, and those written by mail from an address that is its own.

        An address is the account's while it is verified there: whoever opens it receives the answers anyway. A sender's
        name proves nothing, but then the forger's text is all that is shown. An address typed in a form is nobody's.
        Complaints, and what went to a restricted service, may be read by more than one person in a household: only
        their own links open them.
        """
        verified = EmailAddress.objects.filter(user=user, verified=True).values(address=Lower("email"))
        mailed = (
            self.model.objects.alias(lower_email=Lower("requester_email"))
            .filter(requester=None, channel=Channel.EMAIL, service__is_restricted=False, lower_email__in=verified)
            .exclude(kind=Kind.COMPLAINT)
        )
        # A union of keys, for the planner reads the whole table when one row may come from either index.
        return self.filter(pk__in=self.model.objects.filter(requester=user).values("pk").union(mailed.values("pk")))

    def from_address(self, email):
        """Tickets asked with this mail address, whatever its case."""
        return self.alias(lower_email=Lower("requester_email")).filter(lower_email=email.lower())

    def visible_to(self, user):
        """Tickets that a member of staff may read.

        Agents see their services; `view_all_tickets` sees every service but the restricted ones, which belong to
        their members; the single counter also follows every establishment's ticket; a unit lead follows the tickets
        of the unit's trainings and services.
        """
        if not user.is_active or not user.has_perm("crc.view_ticket"):
            return self.none()
        own, others = Service.objects.own_and_open(user)
        if user.has_perm("crc.view_all_tickets"):
            return self.filter(service__in=sorted({*own, *others}))
        wider = Q(pk__in=[])
        if user.has_perm("crc.view_establishment_tickets"):
            wider |= Q(public=Public.ESTABLISHMENT)
        if user.has_perm("crc.view_unit_tickets"):
            units = UnitMembership.objects.filter(user=user).values("unit")
            wider |= Q(training__unit__in=units) | Q(service__unit__in=units)
        return self.filter(Q(service__in=own) | wider & Q(service__in=others))


@tracked()
class Ticket(models.Model):
    """Something a person asked. The row carries all that a queue shows, so that a list reads one table.

    `due_at` is the date promised for the next answer; once answered it stays as it was. `first_due_at` is the promise
    made at reception. Minutes are business minutes of the service's calendar, whose `calendar_version` is kept:
    past figures do not move when the calendar changes. `version` grows with each public message and each decision.
    """

    reference = models.CharField("référence", max_length=13, unique=True)
    channel = models.CharField("canal", max_length=20, choices=Channel, default=Channel.FORM)
    kind = models.CharField("nature", max_length=20, choices=Kind)
    public = models.CharField("public", max_length=20, choices=Public)
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="tickets", verbose_name="sujet")
    service = models.ForeignKey(Service, models.PROTECT, related_name="tickets", verbose_name="service")
    training = models.ForeignKey(
        "catalogue.Training", models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name="formation"
    )
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="tickets",
        verbose_name="compte du demandeur",
    )
    requester_name = models.CharField("nom du demandeur", max_length=150, validators=[validate_single_line])
    requester_email = models.EmailField("adresse du demandeur")
    requester_phone = models.CharField(
        "téléphone du demandeur", max_length=30, blank=True, validators=[validate_single_line]
    )
    subject = models.CharField("objet", max_length=150, validators=[validate_single_line])
    language = models.CharField(
        "langue", max_length=5, choices=Language, blank=True, default="", db_default="", editable=False
    )
    state = models.CharField("état", max_length=10, choices=State, default=State.NEW)
    priority = models.PositiveSmallIntegerField("priorité", choices=Priority, default=Priority.NORMAL)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="assigned_tickets",
        verbose_name="attribuée à",
    )
    received_at = models.DateTimeField("reçue le")
    due_at = models.DateTimeField("réponse promise le")
    first_due_at = models.DateTimeField("première réponse promise le")
    resolution_due_at = models.DateTimeField("résolution promise le")
    first_answer_at = models.DateTimeField("première réponse le", null=True, blank=True)
    first_answer_minutes = models.PositiveIntegerField("première réponse (minutes ouvrées)", null=True, blank=True)
    closed_at = models.DateTimeField("close le", null=True, blank=True)
    resolution_minutes = models.PositiveIntegerField("résolution (minutes ouvrées)", null=True, blank=True)
    calendar_version = models.PositiveIntegerField("version du calendrier")
    last_message_at = models.DateTimeField("dernier message le")
    message_count = models.PositiveIntegerField("messages échangés", default=0)
    has_unread = models.BooleanField("message non lu", default=True)
    reopen_count = models.PositiveSmallIntegerField("réouvertures", default=0)
    version = models.PositiveIntegerField("version", default=1)
    tracking_generation = models.PositiveIntegerField("génération des liens de suivi", default=1)
    follows = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="followed_by", verbose_name="suite de"
    )
    submission_key = models.UUIDField("clé d’envoi", null=True, blank=True, unique=True, editable=False)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="merged_tickets",
        verbose_name="regroupée avec",
    )
    state_before_merge = models.CharField(
        "état avant le regroupement", max_length=10, choices=State, blank=True, default="", db_default=""
    )
    anonymised_at = models.DateTimeField("anonymisée le", null=True, blank=True, editable=False)

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = "demande"
        verbose_name_plural = "demandes"
        default_permissions = ("view",)
        permissions = [
            ("answer_ticket", "Peut répondre aux demandes de ses services"),
            ("assign_ticket", "Peut attribuer les demandes de ses services"),
            ("reroute_ticket", "Peut transmettre une demande à un autre service"),
            ("close_ticket", "Peut clore et rouvrir les demandes de ses services"),
            ("merge_ticket", "Peut regrouper et scinder les demandes de ses services"),
            ("merge_across_requesters", "Peut regrouper les demandes de personnes différentes"),
            ("view_all_tickets", "Peut voir les demandes de tous les services"),
            ("view_establishment_tickets", "Peut voir les demandes des établissements"),
            ("view_unit_tickets", "Peut voir les demandes de ses unités"),
            ("view_board", "Peut voir le tableau de bord des demandes qu’il peut lire"),
            ("view_indicators", "Peut voir les indicateurs de tous les services"),
        ]
        indexes = [
            models.Index(fields=["service", "due_at", "id"], condition=Q(state__in=TO_ANSWER), name="ticket_queue"),
            models.Index(fields=["due_at", "id"], condition=Q(state__in=TO_ANSWER), name="ticket_all_queues"),
            models.Index(fields=["assignee", "due_at", "id"], condition=Q(state__in=TO_ANSWER), name="ticket_mine"),
            models.Index(fields=["service", "state", "-last_message_at", "-id"], name="ticket_by_state"),
            models.Index(fields=["state", "-last_message_at", "-id"], name="ticket_all_by_state"),
            models.Index(fields=["service", "-last_message_at", "-id"], name="ticket_service_latest"),
            models.Index(fields=["-last_message_at", "-id"], name="ticket_latest"),
            models.Index(fields=["-last_message_at", "-id"], condition=Q(has_unread=True), name="ticket_unread"),
            models.Index(
                fields=["state", "-last_message_at", "-id"], condition=Q(has_unread=True), name="ticket_unread_by_state"
            ),
            models.Index(
                fields=["service", "due_at", "id"],
                condition=Q(state__in=TO_ANSWER, has_unread=True),
                name="ticket_unread_queue",
            ),
            models.Index(
                fields=["assignee", "-last_message_at", "-id"],
                condition=Q(assignee__isnull=False),
                name="ticket_mine_latest",
            ),
            models.Index(
                fields=["assignee", "state", "-last_message_at", "-id"],
                condition=Q(assignee__isnull=False),
                name="ticket_mine_by_state",
            ),
            models.Index(fields=["requester", "-received_at", "-id"], name="ticket_of_requester"),
            models.Index(Lower("requester_email"), F("received_at").desc(), name="ticket_of_address"),
            models.Index(fields=["received_at", "id"], name="ticket_received"),
            models.Index(fields=["closed_at", "id"], condition=Q(closed_at__isnull=False), name="ticket_closed"),
            models.Index(
                fields=["first_answer_at", "id"], condition=Q(first_answer_at__isnull=False), name="ticket_answered"
            ),
            models.Index(fields=["merged_into"], condition=Q(merged_into__isnull=False), name="ticket_merged"),
            models.Index(
                fields=["kind", "closed_at", "id"],
                condition=Q(closed_at__isnull=False, anonymised_at__isnull=True),
                name="ticket_to_anonymise",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(reference__regex=REFERENCE_PATTERN),
                name="ticket_reference_shape",
                violation_error_message="La référence n’a pas la forme attendue.",
            ),
            models.CheckConstraint(
                condition=Q(state=State.CLOSED, closed_at__isnull=False, resolution_minutes__isnull=False)
                | (~Q(state=State.CLOSED) & Q(closed_at__isnull=True, resolution_minutes__isnull=True)),
                name="ticket_closed_dated",
                violation_error_message="Une demande close a une date de clôture, une autre n’en a pas.",
            ),
            models.CheckConstraint(
                condition=Q(first_answer_at__isnull=True, first_answer_minutes__isnull=True)
                | Q(first_answer_at__gte=F("received_at"), first_answer_minutes__isnull=False),
                name="ticket_first_answer_after_reception",
                violation_error_message="La première réponse suit la réception et porte sa durée.",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.WAITING, State.ANSWERED]) | Q(first_answer_at__isnull=False),
                name="ticket_answered_dated",
                violation_error_message="Une demande répondue a une date de première réponse.",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.NEW) | Q(first_answer_at__isnull=True),
                name="ticket_new_unanswered",
                violation_error_message="Une nouvelle demande n’a pas encore de réponse.",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("received_at")),
                name="ticket_closed_after_reception",
                violation_error_message="La clôture suit la réception.",
            ),
            models.CheckConstraint(
                condition=Q(due_at__gte=F("received_at"), first_due_at__gte=F("received_at"))
                & Q(resolution_due_at__gte=F("first_due_at")),
                name="ticket_promises_in_order",
                violation_error_message="Les dates promises suivent la réception, dans l’ordre.",
            ),
            models.CheckConstraint(
                condition=~Q(requester_email__contains="\n") & ~Q(requester_name__contains="\n"),
                name="ticket_requester_single_line",
                violation_error_message="Le nom et l’adresse tiennent sur une ligne.",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="ticket_merged_elsewhere",
                violation_error_message="Une demande ne se regroupe pas avec elle-même.",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True, state_before_merge="")
                | (Q(merged_into__isnull=False, state=State.CLOSED) & ~Q(state_before_merge="")),
                name="ticket_merged_is_closed",
                violation_error_message="Une demande regroupée est close et garde son état d’avant.",
            ),
            models.CheckConstraint(
                condition=Q(anonymised_at__isnull=True) | Q(state=State.CLOSED, requester__isnull=True),
                name="ticket_anonymised_stays_closed",
                violation_error_message="Une demande anonymisée reste close et n’est plus à personne.",
            ),
        ]
        triggers = [
            merge_without_chain(),
            pgtrigger.FSM(
                name="allowed_moves",
                # A merge undone gives back the state before it, whatever it was: the other trigger sees to that.
                condition=pgtrigger.Q(old__merged_into__isnull=True) | pgtrigger.Q(new__merged_into__isnull=False),
                field="state",
                transitions=[(str(old), str(new)) for old, targets in ALLOWED_MOVES.items() for new in sorted(targets)],
            ),
        ]

    def __str__(self):
        return self.reference

    @cached_property
    def opening(self):
        """The message that opened it."""
        return self.messages.order_by("pk").first()

    @property
    def is_to_answer(self):
        return self.state in TO_ANSWER

    @property
    def is_late(self):
        return self.is_to_answer and self.due_at < timezone.now()

    @property
    def may_reopen(self):
        """Whether a message of the requester reopens it; later, it makes a new request that follows it."""
        if self.closed_at is None or self.merged_into_id is not None:
            return True
        return self.closed_at > timezone.now() - REOPEN_WINDOW

    @property
    def awaits_requester(self):
        return self.state == State.WAITING

    def public_messages(self):
        """The only way to what a requester may read: internal notes are left out by the database."""
        return self.messages.filter(visibility=Visibility.PUBLIC).order_by("created_at", "pk")


class MessageQuerySet(models.QuerySet):
    def with_files(self):
        """With what `Message.files` reads."""
        return self.select_related("origin__original").prefetch_related("attachments", "origin__original__attachments")


class Message(models.Model):
    """What was written on a ticket. Append-only; an internal note can never become public."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="messages", verbose_name="demande")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="agent"
    )
    direction = models.CharField("sens", max_length=4, choices=Direction)
    visibility = models.CharField("visibilité", max_length=8, choices=Visibility)
    body = models.TextField("texte", max_length=BODY_MAX_LENGTH)
    quote_at = models.PositiveIntegerField("début de la citation", null=True, blank=True)
    sender = models.CharField(
        "autre expéditeur",
        max_length=254,
        blank=True,
        default="",
        db_default="",
        help_text="Quand ce n’est pas le demandeur.",
    )
    created_at = models.DateTimeField("écrit le", default=timezone.now, db_default=Now())
    submission_key = models.UUIDField("clé d’envoi", null=True, blank=True, unique=True, editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = "message"
        verbose_name_plural = "messages"
        default_permissions = ()
        indexes = [
            models.Index(fields=["ticket", "created_at", "id"], name="message_thread"),
            models.Index(Lower("sender"), condition=~Q(sender=""), name="message_of_sender"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(direction=Direction.NOTE, visibility=Visibility.INTERNAL)
                | Q(direction__in=[Direction.IN, Direction.OUT], visibility=Visibility.PUBLIC),
                name="message_note_is_internal",
                violation_error_message="Une note est interne, un message échangé est public.",
            ),
            models.CheckConstraint(
                condition=~Q(body=""),
                name="message_not_empty",
                violation_error_message="Un message n’est pas vide.",
            ),
            models.CheckConstraint(
                # The requester is the ticket's: no account of theirs is held back by rows that cannot change.
                condition=Q(direction=Direction.IN, author__isnull=True)
                | (~Q(direction=Direction.IN) & Q(author__isnull=False)),
                name="message_signed_by_staff_only",
                violation_error_message="Une réponse ou une note est signée par un agent.",
            ),
        ]
        triggers = append_only()

    def __str__(self):
        return f"{self.get_direction_display()} ({self.created_at:%d/%m/%Y %H:%M})"

    @property
    def said(self):
        """What the author wrote, without the quote below it."""
        return self.body[: self.quote_at].rstrip() if self.quote_at else self.body

    @property
    def quoted(self):
        """What a mail repeats of former ones, folded on the page."""
        return self.body[self.quote_at :] if self.quote_at else ""

    @property
    def files(self):
        """Files joined to it, or to the message that a split copied it from."""
        origin = getattr(self, "origin", None)
        return (origin.original if origin else self).attachments.all()

    @property
    def is_note(self):
        return self.direction == Direction.NOTE

    @property
    def is_from_requester(self):
        return self.direction == Direction.IN


class LogEntry(models.Model):
    """Log of a ticket: who did what, and the change of state where there is one. Append-only."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="log", verbose_name="demande")
    event = models.CharField("fait", max_length=20, choices=Event)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="par l’agent"
    )
    old_state = models.CharField("état précédent", max_length=10, choices=State, blank=True)
    new_state = models.CharField("nouvel état", max_length=10, choices=State)
    detail = models.CharField("détail", max_length=300, blank=True)
    at = models.DateTimeField("le", default=timezone.now)

    class Meta:
        verbose_name = "fait"
        verbose_name_plural = "journal"
        default_permissions = ()
        indexes = [models.Index(fields=["ticket", "at", "id"], name="event_log")]
        triggers = append_only()

    def __str__(self):
        return f"{self.get_event_display()} ({self.at:%d/%m/%Y %H:%M})"

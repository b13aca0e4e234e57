"""What agents add around a ticket: tags, links, splits, merges, followers, mentions and drafts."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from cned_portal.common.history import append_only, tracked
from cned_portal.common.validators import validate_single_line
from crc.enums import TO_ANSWER, LinkKind, State
from crc.models.tickets import BODY_MAX_LENGTH, Message, Ticket


class TagQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)


@tracked()
class Tag(models.Model):
    """A word that agents put on tickets, from a list kept by supervisors."""

    code = models.SlugField("code", max_length=40, unique=True)
    label = models.CharField("intitulé", max_length=60, unique=True, validators=[validate_single_line])
    is_active = models.BooleanField("proposée", default=True)
    tickets: models.ManyToManyField = models.ManyToManyField(
        Ticket, through="crc.TicketTag", related_name="tags", verbose_name="demandes"
    )

    objects = TagQuerySet.as_manager()

    class Meta:
        verbose_name = "étiquette"
        verbose_name_plural = "étiquettes"
        ordering = ["label"]

    def __str__(self):
        return self.label


@tracked()
class TicketTag(models.Model):
    """A tag on a ticket: who put it there, and when."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="ticket_tags", verbose_name="demande")
    tag = models.ForeignKey(Tag, models.PROTECT, related_name="ticket_tags", verbose_name="étiquette")
    tagged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="posée par"
    )
    tagged_at = models.DateTimeField("posée le", default=timezone.now)

    class Meta:
        verbose_name = "étiquette d’une demande"
        verbose_name_plural = "étiquettes des demandes"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "tag"],
                name="ticket_tag_once",
                violation_error_message="Cette étiquette est déjà posée.",
            ),
        ]

    def __str__(self):
        return str(self.tag)


@tracked()
class TicketLink(models.Model):
    """Two tickets that should be read together. Symmetrical: written once, the lower key first."""

    first = models.ForeignKey(Ticket, models.CASCADE, related_name="links_as_first", verbose_name="demande")
    second = models.ForeignKey(Ticket, models.CASCADE, related_name="links_as_second", verbose_name="autre demande")
    kind = models.CharField("nature", max_length=10, choices=LinkKind, default=LinkKind.RELATED)
    linked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="liée par"
    )
    linked_at = models.DateTimeField("liée le", default=timezone.now)

    class Meta:
        verbose_name = "lien entre demandes"
        verbose_name_plural = "liens entre demandes"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["first", "second"],
                name="ticket_link_once",
                violation_error_message="Ces demandes sont déjà liées.",
            ),
            models.CheckConstraint(
                condition=Q(first__lt=F("second")),
                name="ticket_link_in_order",
                violation_error_message="Une demande ne se lie pas à elle-même.",
            ),
        ]

    def __str__(self):
        return self.get_kind_display()


class TicketSplit(models.Model):
    """A ticket made of messages chosen in another. Undone, it stays closed and linked."""

    ticket = models.OneToOneField(Ticket, models.PROTECT, related_name="split", verbose_name="demande")
    source = models.ForeignKey(Ticket, models.PROTECT, related_name="splits", verbose_name="scindée de")
    split_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="scindée par")
    split_at = models.DateTimeField("scindée le", default=timezone.now)
    undone_at = models.DateTimeField("scission annulée le", null=True, blank=True)

    class Meta:
        verbose_name = "scission"
        verbose_name_plural = "scissions"
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=~Q(ticket=F("source")),
                name="ticket_split_elsewhere",
                violation_error_message="Une demande ne se scinde pas d’elle-même.",
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True) | Q(undone_at__gte=F("split_at")),
                name="ticket_split_undone_after",
                violation_error_message="Une scission s’annule après avoir été faite.",
            ),
        ]

    def __str__(self):
        return f"{self.ticket} ({self.split_at:%d/%m/%Y})"


class MergedPromise(models.Model):
    """What a merge moved on its target, kept until the merge is undone: who leaves takes back what it brought.

    `moved_to` is the date that the merge set. `state` is the target's when it owed nothing before, else empty.
    """

    source = models.OneToOneField(
        Ticket, models.CASCADE, primary_key=True, related_name="merged_promise", verbose_name="demande regroupée"
    )
    due_at = models.DateTimeField("réponse promise avant le regroupement")
    moved_to = models.DateTimeField("réponse promise par le regroupement")
    state = models.CharField("état avant le regroupement", max_length=10, choices=State, blank=True)

    class Meta:
        verbose_name = "promesse déplacée par un regroupement"
        verbose_name_plural = "promesses déplacées par un regroupement"
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=TO_ANSWER) & ~Q(state=State.CLOSED),
                name="merged_promise_state",
                violation_error_message="Une demande ouverte qui ne devait rien était répondue ou en attente.",
            ),
        ]

    def __str__(self):
        return f"{self.source} : {self.due_at:%d/%m/%Y %H:%M}"


class MessageOrigin(models.Model):
    """Where a copied message comes from: messages are never moved. Append-only."""

    message = models.OneToOneField(Message, models.PROTECT, related_name="origin", verbose_name="message")
    original = models.ForeignKey(Message, models.PROTECT, related_name="copies", verbose_name="message d’origine")

    class Meta:
        verbose_name = "origine d’un message"
        verbose_name_plural = "origines des messages"
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=~Q(message=F("original")),
                name="message_origin_elsewhere",
                violation_error_message="Un message ne vient pas de lui-même.",
            ),
        ]
        triggers = append_only()

    def __str__(self):
        return str(self.original)


class Follower(models.Model):
    """A member of staff who watches a ticket. What came after `seen_at` is new to them."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="followers", verbose_name="demande")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="followed_tickets", verbose_name="personne"
    )
    seen_at = models.DateTimeField("vue le", default=timezone.now)

    class Meta:
        verbose_name = "suivi"
        verbose_name_plural = "suivis"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["user", "ticket"],
                name="ticket_follower_once",
                violation_error_message="Cette personne suit déjà la demande.",
            ),
        ]

    def __str__(self):
        return str(self.user)


class Mention(models.Model):
    """A colleague named in a note: it waits for them until they open the ticket."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="mentions", verbose_name="note")
    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="mentions", verbose_name="demande")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="mentions", verbose_name="personne mentionnée"
    )
    seen_at = models.DateTimeField("vue le", null=True, blank=True)

    class Meta:
        verbose_name = "mention"
        verbose_name_plural = "mentions"
        default_permissions = ()
        indexes = [
            models.Index(fields=["user", "ticket"], condition=Q(seen_at__isnull=True), name="mention_waiting"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["message", "user"],
                name="mention_once",
                violation_error_message="Cette personne est déjà mentionnée.",
            ),
        ]

    def __str__(self):
        return str(self.user)


class AnswerDraft(models.Model):
    """What an agent typed and has not sent."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="drafts", verbose_name="demande")
    agent = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="agent")
    body = models.TextField("texte", max_length=BODY_MAX_LENGTH)
    saved_at = models.DateTimeField("gardé le", default=timezone.now)

    class Meta:
        verbose_name = "brouillon de réponse"
        verbose_name_plural = "brouillons de réponses"
        default_permissions = ()
        indexes = [models.Index(fields=["saved_at", "id"], name="answer_draft_to_erase")]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "agent"],
                name="answer_draft_once",
                violation_error_message="Un agent garde un seul brouillon par demande.",
            ),
            models.CheckConstraint(
                condition=~Q(body=""),
                name="answer_draft_not_empty",
                violation_error_message="Un brouillon n’est pas vide.",
            ),
        ]

    def __str__(self):
        return f"{self.ticket} ({self.saved_at:%d/%m/%Y %H:%M})"

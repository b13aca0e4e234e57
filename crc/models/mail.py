"""Mail that comes in, and what is joined to messages."""

import secrets
from pathlib import PurePath

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from cned_portal.common.history import tracked
from crc.enums import AttachmentState, MailKind, MailStep, Public
from crc.models.routing import Topic
from crc.models.tickets import Message, Ticket

KEY_MAX_LENGTH = 300


@tracked()
class Mailbox(models.Model):
    """An address at which requests arrive. Its password is in the environment (`MAILBOX_PASSWORDS`), never here."""

    code = models.SlugField("code", max_length=40, unique=True, help_text="Dans l’adresse du webhook.")
    address = models.EmailField("adresse", unique=True)
    public = models.CharField("public", max_length=20, choices=Public, help_text="Celui qui écrit à cette adresse.")
    topic = models.ForeignKey(
        Topic, models.PROTECT, related_name="mailboxes", verbose_name="sujet", help_text="Donne les délais promis."
    )
    imap_host = models.CharField("serveur IMAP", max_length=200, blank=True, help_text="Vide : reçu par webhook.")
    imap_port = models.PositiveIntegerField(
        "port IMAP", default=993, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    imap_user = models.CharField("compte IMAP", max_length=200, blank=True)
    imap_folder = models.CharField("dossier lu", max_length=100, default="INBOX")
    imap_done_folder = models.CharField(
        "dossier des courriels lus", max_length=100, blank=True, help_text="Vide : ils sont supprimés du serveur."
    )
    is_active = models.BooleanField("active", default=True)

    class Meta:
        verbose_name = "boîte aux lettres"
        verbose_name_plural = "boîtes aux lettres"
        ordering = ["code"]

    def __str__(self):
        return self.address


class InboundMail(models.Model):
    """One mail of one mailbox, whatever the number of times it is delivered. Its bytes are in `raw`.

    `suspected` is a ticket that the mail names without proof that its sender takes part in it: shown to agents alone.
    """

    mailbox = models.ForeignKey(Mailbox, models.PROTECT, related_name="mails", verbose_name="boîte aux lettres")
    key = models.CharField("clé", max_length=KEY_MAX_LENGTH, help_text="Message-ID, sinon l’empreinte.")
    sha256 = models.CharField("empreinte SHA-256", max_length=64)
    size = models.PositiveIntegerField("taille (octets)")
    is_truncated = models.BooleanField("trop volumineux, gardé en partie", default=False)
    received_at = models.DateTimeField("reçu le", default=timezone.now)
    step = models.CharField("étape", max_length=10, choices=MailStep, default=MailStep.WAITING)
    attempts = models.PositiveSmallIntegerField("essais", default=0)
    lease_until = models.DateTimeField("bail jusqu’au", null=True, blank=True)
    kind = models.CharField("nature", max_length=12, choices=MailKind, blank=True)
    reason = models.CharField("raison", max_length=200, blank=True)
    from_address = models.CharField("expéditeur", max_length=254, blank=True)
    from_name = models.CharField("nom de l’expéditeur", max_length=150, blank=True)
    subject = models.CharField("objet", max_length=200, blank=True)
    html = models.TextField("mise en forme nettoyée", blank=True)
    ticket = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="inbound_mails", verbose_name="demande"
    )
    message = models.OneToOneField(
        Message, models.PROTECT, null=True, blank=True, related_name="inbound_mail", verbose_name="message"
    )
    suspected = models.ForeignKey(
        Ticket, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="demande citée sans preuve"
    )
    copy_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="copies", verbose_name="copie de"
    )
    raw_erased_at = models.DateTimeField("original effacé le", null=True, blank=True, editable=False)
    erased_at = models.DateTimeField("effacé le", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "courriel reçu"
        verbose_name_plural = "courriels reçus"
        default_permissions = ("view",)
        permissions = [
            ("read_raw_mail", "Peut lire l’original d’un courriel"),
            ("settle_inboundmail", "Peut reprendre ou écarter un courriel mis de côté"),
        ]
        indexes = [
            models.Index(fields=["received_at", "id"], condition=Q(step=MailStep.WAITING), name="inbound_waiting"),
            models.Index(fields=["-received_at", "-id"], condition=Q(step=MailStep.PARKED), name="inbound_parked"),
            models.Index(fields=["-received_at", "-id"], name="inbound_latest"),
            models.Index(fields=["key"], name="inbound_key"),
            models.Index(Lower("from_address"), condition=~Q(from_address=""), name="inbound_of_address"),
            models.Index(
                fields=["received_at", "id"], condition=Q(raw_erased_at__isnull=True), name="inbound_raw_to_erase"
            ),
            models.Index(
                fields=["received_at", "id"],
                condition=Q(step=MailStep.DONE, ticket__isnull=True, erased_at__isnull=True),
                name="inbound_to_erase",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "key"],
                name="inbound_mail_once",
                violation_error_message="Ce courriel est déjà enregistré.",
            ),
            models.CheckConstraint(
                condition=~Q(step=MailStep.PARKED) | ~Q(reason=""),
                name="inbound_parked_with_reason",
                violation_error_message="Un courriel mis de côté a une raison.",
            ),
            models.CheckConstraint(
                condition=~Q(step=MailStep.DONE) | ~Q(kind=""),
                name="inbound_done_has_kind",
                violation_error_message="Un courriel traité a une nature.",
            ),
            models.CheckConstraint(
                condition=Q(message__isnull=True) | Q(ticket__isnull=False, step=MailStep.DONE),
                name="inbound_message_in_ticket",
                violation_error_message="Un message reçu par courriel appartient à une demande.",
            ),
        ]

    def __str__(self):
        return f"courriel du {timezone.localtime(self.received_at):%d/%m/%Y %H:%M}"


class InboundRaw(models.Model):
    """The bytes of a mail as they arrived, kept apart so that no list reads them."""

    mail = models.OneToOneField(InboundMail, models.CASCADE, primary_key=True, related_name="raw")
    content = models.BinaryField("octets")

    class Meta:
        verbose_name = "original de courriel"
        verbose_name_plural = "originaux de courriels"
        default_permissions = ()

    def __str__(self):
        return str(self.mail)


def stored_name(attachment, name):
    """A random path, with the extension that the content deserves: nothing of the sender's name."""
    return f"attachments/{secrets.token_hex(20)}{PurePath(name).suffix}"


class Attachment(models.Model):
    """A file joined to a message: as visible as the message, and served only once it is known to be harmless."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="attachments", verbose_name="message")
    name = models.CharField("nom", max_length=150)
    file = models.FileField("fichier", upload_to=stored_name, max_length=200, blank=True)
    content_type = models.CharField("type", max_length=100, blank=True)
    size = models.PositiveIntegerField("taille (octets)")
    sha256 = models.CharField("empreinte SHA-256", max_length=64)
    state = models.CharField("état", max_length=10, choices=AttachmentState, default=AttachmentState.PENDING)
    reason = models.CharField("raison", max_length=200, blank=True)
    attempts = models.PositiveSmallIntegerField("analyses tentées", default=0)
    created_at = models.DateTimeField("jointe le", default=timezone.now)

    class Meta:
        verbose_name = "pièce jointe"
        verbose_name_plural = "pièces jointes"
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["created_at", "id"], condition=Q(state=AttachmentState.PENDING), name="attachment_scan"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[AttachmentState.REFUSED, AttachmentState.INFECTED], file="") & ~Q(reason="")
                | ~Q(state__in=[AttachmentState.REFUSED, AttachmentState.INFECTED]) & ~Q(file=""),
                name="attachment_refused_has_no_file",
                violation_error_message="Une pièce refusée n’est pas gardée, et sa raison est dite.",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def is_open(self):
        """Whether it may be downloaded."""
        return self.state in {AttachmentState.CLEAN, AttachmentState.UNSCANNED}

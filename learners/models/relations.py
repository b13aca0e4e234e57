"""What the DAIC keeps of its relation with an organisation: papers, contacts, points to settle, messages."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.history import tracked
from cned_portal.common.validators import validate_single_line
from learners.enums import CampaignAudience, CampaignState, ContactSide, OrganisationFileKind, OrganisationKind
from learners.models.organisations import Organisation
from learners.models.quotes import Quote


@tracked()
class OrganisationFile(models.Model):
    """A paper of an organisation; its type is judged by its content."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="files", verbose_name="organisation")
    quote = models.ForeignKey(Quote, models.PROTECT, null=True, blank=True, related_name="files", verbose_name="devis")
    kind = models.CharField("nature", max_length=10, choices=OrganisationFileKind)
    title = models.CharField("titre", max_length=150, validators=[validate_single_line])
    file = models.FileField("fichier", upload_to="organisations/", max_length=200)
    extension = models.CharField("extension", max_length=5)
    content_type = models.CharField("type", max_length=100)
    sha256 = models.CharField("empreinte SHA-256", max_length=64)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="déposé par"
    )
    added_at = models.DateTimeField("déposé le", default=timezone.now)

    class Meta:
        verbose_name = "document d’une organisation"
        verbose_name_plural = "documents d’organisations"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "sha256"],
                name="organisation_file_once",
                violation_error_message="Ce document est déjà dans le dossier.",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def download_name(self):
        return f"document-{self.pk}.{self.extension}"


class AgreementQuerySet(models.QuerySet):
    def in_force(self, day=None):
        day = day or timezone.localdate()
        return self.filter(starts_on__lte=day).filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day))


@tracked()
class Agreement(models.Model):
    """An agreement (convention): from when to when, and whether the organisation sees its learners' grades."""

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="agreements", verbose_name="organisation"
    )
    title = models.CharField("intitulé", max_length=150, validators=[validate_single_line])
    starts_on = models.DateField("à partir du")
    ends_on = models.DateField("jusqu’au", null=True, blank=True)
    shares_grades = models.BooleanField(
        "les notes sont communiquées",
        default=False,
        help_text="Seulement si la convention le dit et que les apprenants en sont informés.",
    )
    paper = models.ForeignKey(
        OrganisationFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="document"
    )

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = "convention"
        verbose_name_plural = "conventions"
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="agreement_ends_after_start",
                violation_error_message="La fin ne vient pas avant le début.",
            ),
        ]

    def __str__(self):
        return self.title


@tracked()
class OrganisationContact(models.Model):
    """Who speaks with whom: a member of staff for the organisation, or a person of the organisation for us."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="contacts", verbose_name="organisation")
    side = models.CharField("côté", max_length=12, choices=ContactSide)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="agent"
    )
    name = models.CharField("nom", max_length=150, blank=True, validators=[validate_single_line])
    email = models.EmailField("adresse électronique", blank=True)
    phone = models.CharField("téléphone", max_length=30, blank=True, validators=[validate_single_line])
    subject = models.CharField("sujet", max_length=100, help_text="Par exemple : inscriptions, facturation.")
    ended_at = models.DateTimeField("terminé le", null=True, blank=True)

    class Meta:
        verbose_name = "contact d’une organisation"
        verbose_name_plural = "contacts d’organisations"
        default_permissions = ()
        indexes = [models.Index(fields=["user"], condition=Q(ended_at__isnull=True), name="contact_of_agent")]
        constraints = [
            models.CheckConstraint(
                condition=Q(side=ContactSide.CNED, user__isnull=False)
                | Q(side=ContactSide.ORGANISATION, user__isnull=True) & ~Q(name=""),
                name="contact_has_someone",
                violation_error_message="Un contact au Cned est un agent, un contact de l’organisation a un nom.",
            ),
        ]

    def __str__(self):
        return self.user.get_full_name() if self.user_id else self.name


class OpenPointQuerySet(models.QuerySet):
    def open(self):
        return self.filter(resolved_at__isnull=True)


@tracked()
class OpenPoint(models.Model):
    """Something to settle with an organisation: by whom, before when, and how it ended."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="points", verbose_name="organisation")
    title = models.CharField("point", max_length=200, validators=[validate_single_line])
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="suivi par"
    )
    due_on = models.DateField("échéance", null=True, blank=True)
    created_at = models.DateTimeField("ouvert le", default=timezone.now)
    resolved_at = models.DateTimeField("réglé le", null=True, blank=True)
    resolution = models.CharField("comment", max_length=300, blank=True)

    objects = OpenPointQuerySet.as_manager()

    class Meta:
        verbose_name = "point ouvert"
        verbose_name_plural = "points ouverts"
        default_permissions = ()
        indexes = [
            models.Index(fields=["organisation"], condition=Q(resolved_at__isnull=True), name="point_open_of"),
            models.Index(fields=["owner", "due_on"], condition=Q(resolved_at__isnull=True), name="point_open_owner"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, resolution="") | Q(resolved_at__isnull=False) & ~Q(resolution=""),
                name="point_resolution_said",
                violation_error_message="Un point réglé dit comment.",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def is_late(self):
        return self.resolved_at is None and self.due_on is not None and self.due_on < timezone.localdate()


@tracked()
class Campaign(models.Model):
    """A message to the members or the contacts of chosen organisations: written, previewed, sent once to each."""

    subject = models.CharField("objet", max_length=150, validators=[validate_single_line])
    body = models.TextField("message", max_length=10_000)
    kinds = ArrayField(
        models.CharField(max_length=20, choices=OrganisationKind),
        verbose_name="natures d’organisation",
        default=list,
        blank=True,
        help_text="Aucune : toutes.",
    )
    audience = models.CharField(
        "destinataires", max_length=10, choices=CampaignAudience, default=CampaignAudience.MEMBERS
    )
    is_contractual = models.BooleanField(
        "message contractuel",
        default=False,
        help_text="Il touche un contrat en cours : ceux qui refusent nos messages le reçoivent aussi.",
    )
    state = models.CharField("état", max_length=10, choices=CampaignState, default=CampaignState.DRAFT)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name="rédigée par"
    )
    created_at = models.DateTimeField("rédigée le", default=timezone.now)
    sent_at = models.DateTimeField("envoyée le", null=True, blank=True)

    class Meta:
        verbose_name = "campagne de messages"
        verbose_name_plural = "campagnes de messages"
        default_permissions = ()
        indexes = [models.Index(fields=["id"], condition=Q(state=CampaignState.SENDING), name="campaign_sending")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=CampaignState.DRAFT, sent_at__isnull=True)
                | ~Q(state=CampaignState.DRAFT) & Q(sent_at__isnull=False),
                name="campaign_sent_dated",
                violation_error_message="Une campagne envoyée a une date.",
            ),
        ]

    def __str__(self):
        return self.subject

    @property
    def desk_url(self):
        return reverse("admin:learners_campaign", kwargs={"pk": self.pk})

    @property
    def is_draft(self):
        return self.state == CampaignState.DRAFT


class CampaignRecipient(models.Model):
    """An address to which a campaign was sent, once whatever the number of its organisations."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="recipients", verbose_name="campagne")
    email = models.EmailField("adresse")
    organisation = models.ForeignKey(
        Organisation, models.SET_NULL, null=True, related_name="+", verbose_name="organisation"
    )

    class Meta:
        verbose_name = "destinataire d’une campagne"
        verbose_name_plural = "destinataires de campagnes"
        default_permissions = ()
        indexes = [models.Index(fields=["email"], name="campaign_recipient_address")]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "email"],
                name="campaign_told_once",
                violation_error_message="Cette adresse a déjà reçu le message.",
            ),
        ]

    def __str__(self):
        return f"destinataire n° {self.pk}"


class MailOptOut(models.Model):
    """An address that wants no more messages of campaigns."""

    email = models.EmailField("adresse", unique=True)
    created_at = models.DateTimeField("depuis le", auto_now_add=True)

    class Meta:
        verbose_name = "refus des messages"
        verbose_name_plural = "refus des messages"
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(email=Lower("email")),
                name="opt_out_lower_case",
                violation_error_message="L’adresse s’écrit en minuscules.",
            ),
        ]

    def __str__(self):
        return f"refus n° {self.pk}"

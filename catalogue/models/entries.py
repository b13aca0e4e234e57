from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import NoReverseMatch, reverse

from catalogue.enums import Audience, RequestKind
from catalogue.models.trainings import Training
from cned_portal.common.history import tracked


@tracked()
class Entry(models.Model):
    """A page for one public: presentation, its part of the catalogue, highlighted trainings, contact."""

    slug = models.SlugField("adresse", max_length=60, unique=True, help_text="Ne change plus une fois la page créée.")
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name="page au-dessus",
        help_text="La page y apparaît dans la liste des publics.",
    )
    title = models.CharField("titre", max_length=120)
    introduction = models.CharField("accroche", max_length=300)
    presentation = models.TextField("présentation", max_length=3000, blank=True)
    audiences = ArrayField(
        models.CharField(max_length=20, choices=Audience), verbose_name="publics montrés", default=list, blank=True
    )
    filters = models.CharField(
        "filtres présélectionnés",
        max_length=300,
        blank=True,
        help_text="Fin de l’adresse d’une recherche, après le point d’interrogation : « domaine=langues ».",
    )
    contact_title = models.CharField("titre du contact", max_length=120, blank=True)
    contact_text = models.TextField("texte du contact", max_length=1000, blank=True)
    contact_label = models.CharField("libellé du bouton", max_length=80, blank=True)
    request_public = models.CharField(
        "public de la demande", max_length=20, blank=True, help_text="Présélectionné dans le formulaire de demande."
    )
    contact_phone = models.CharField("téléphone", max_length=30, blank=True)
    contact_email = models.EmailField("adresse électronique", blank=True)
    request_kind = models.CharField("formulaire de demande", max_length=12, choices=RequestKind, blank=True)
    rank = models.PositiveSmallIntegerField("ordre d’affichage", default=100)
    is_published = models.BooleanField("publiée", default=False)
    highlights = models.ManyToManyField(
        Training, through="catalogue.EntryHighlight", blank=True, related_name="entries", verbose_name="mises en avant"
    )

    class Meta:
        verbose_name = "page d’entrée"
        verbose_name_plural = "pages d’entrée"
        constraints = [
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="entry_not_its_parent",
                violation_error_message="Une page n’est pas au-dessus d’elle-même.",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        """The five main publics live at the root of the site, the others under « publics »."""
        try:
            return reverse("catalogue:entry", kwargs={"slug": self.slug})
        except NoReverseMatch:
            return reverse("catalogue:other_entry", kwargs={"slug": self.slug})


@tracked()
class EntryHighlight(models.Model):
    """A training shown first on an entry page, in the editors' order."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="entry_highlights", verbose_name="page d’entrée")
    training = models.ForeignKey(Training, models.CASCADE, related_name="entry_highlights", verbose_name="formation")
    rank = models.PositiveSmallIntegerField("ordre d’affichage", default=1)

    class Meta:
        verbose_name = "formation mise en avant"
        verbose_name_plural = "formations mises en avant"
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "training"],
                name="entry_highlight_once",
                violation_error_message="Cette formation est déjà mise en avant sur la page.",
            ),
        ]

    def __str__(self):
        return str(self.training)


@tracked()
class EntryDocument(models.Model):
    """A document that editors give to a public: it is only ever served as a download."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="documents", verbose_name="page d’entrée")
    title = models.CharField("intitulé", max_length=150)
    file = models.FileField(
        "fichier",
        upload_to="publics/",
        max_length=200,
        help_text="PDF, texte ou tableur (OpenDocument ou Office), 10 Mo au plus.",
    )
    rank = models.PositiveSmallIntegerField("ordre d’affichage", default=1)

    class Meta:
        verbose_name = "document"
        verbose_name_plural = "documents"

    def __str__(self):
        return self.title

    @property
    def extension(self):
        return self.file.name.rpartition(".")[2].lower()

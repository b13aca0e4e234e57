from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse

from catalogue.enums import Audience
from catalogue.models.trainings import Training
from cned_portal.common.history import tracked


@tracked()
class Entry(models.Model):
    """A page for one public: presentation, its part of the catalogue, highlighted trainings, contact."""

    slug = models.SlugField("adresse", max_length=60, unique=True)
    title = models.CharField("titre", max_length=120)
    introduction = models.CharField("accroche", max_length=300)
    presentation = models.TextField("présentation", max_length=3000, blank=True)
    audiences = ArrayField(
        models.CharField(max_length=20, choices=Audience), verbose_name="publics montrés", default=list, blank=True
    )
    contact_title = models.CharField("titre du contact", max_length=120, blank=True)
    contact_text = models.TextField("texte du contact", max_length=1000, blank=True)
    contact_label = models.CharField("libellé du bouton", max_length=80, blank=True)
    request_public = models.CharField(
        "public de la demande", max_length=20, blank=True, help_text="Présélectionné dans le formulaire de demande."
    )
    rank = models.PositiveSmallIntegerField("ordre d’affichage", default=100)
    is_published = models.BooleanField("publiée", default=False)
    highlights = models.ManyToManyField(
        Training, through="catalogue.EntryHighlight", blank=True, related_name="entries", verbose_name="mises en avant"
    )

    class Meta:
        verbose_name = "page d’entrée"
        verbose_name_plural = "pages d’entrée"

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("catalogue:entry", kwargs={"slug": self.slug})


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

"""What is being prepared and what was shown: the rows of a page themselves are what the public sees now."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from catalogue.models.entries import Entry
from catalogue.models.trainings import Training
from cned_portal.common.history import tracked


class PageDraft(models.Model):
    """Changes to a page that is already public. Only what differs from `base` will be applied."""

    base = models.JSONField("contenu public au moment de la saisie", encoder=DjangoJSONEncoder)
    content = models.JSONField("contenu en préparation", encoder=DjangoJSONEncoder)
    edited_at = models.DateTimeField("modifié le", auto_now=True)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="modifié par"
    )

    class Meta:
        abstract = True


class PageVersion(models.Model):
    """A page as it was published, frozen: who, when, what changed."""

    number = models.PositiveIntegerField("numéro")
    content = models.JSONField("contenu publié", encoder=DjangoJSONEncoder)
    changes = ArrayField(models.CharField(max_length=200), verbose_name="éléments changés", default=list, blank=True)
    published_at = models.DateTimeField("publiée le")
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="publiée par"
    )

    class Meta:
        abstract = True

    def __str__(self):
        return f"version {self.number}"


def frozen():
    """An account may be erased; nothing else of a version changes."""
    return [
        pgtrigger.Protect(
            name="version_is_frozen", operation=pgtrigger.UpdateOf("number", "content", "changes", "published_at")
        )
    ]


@tracked()
class TrainingDraft(PageDraft):
    training = models.OneToOneField(Training, models.CASCADE, related_name="draft", verbose_name="formation")

    class Meta:
        verbose_name = "brouillon de formation"
        verbose_name_plural = "brouillons de formation"
        default_permissions = ()

    def __str__(self):
        return f"brouillon : {self.training}"


class TrainingVersion(PageVersion):
    training = models.ForeignKey(Training, models.PROTECT, related_name="versions", verbose_name="formation")

    class Meta:
        verbose_name = "version de formation"
        verbose_name_plural = "versions de formation"
        default_permissions = ()
        triggers = frozen()
        constraints = [
            models.UniqueConstraint(
                fields=["training", "number"],
                name="training_version_once",
                violation_error_message="Cette version existe déjà.",
            ),
        ]


@tracked()
class EntryDraft(PageDraft):
    entry = models.OneToOneField(Entry, models.CASCADE, related_name="draft", verbose_name="page d’entrée")

    class Meta:
        verbose_name = "brouillon de page d’entrée"
        verbose_name_plural = "brouillons de page d’entrée"
        default_permissions = ()

    def __str__(self):
        return f"brouillon : {self.entry}"


class EntryVersion(PageVersion):
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="versions", verbose_name="page d’entrée")

    class Meta:
        verbose_name = "version de page d’entrée"
        verbose_name_plural = "versions de page d’entrée"
        default_permissions = ()
        triggers = frozen()
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "number"],
                name="entry_version_once",
                violation_error_message="Cette version existe déjà.",
            ),
        ]

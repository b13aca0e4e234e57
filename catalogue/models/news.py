from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.history import tracked


class NewsQuerySet(models.QuerySet):
    def published(self, at=None):
        """What the public reads now: dated, and neither to come nor taken off."""
        at = at or timezone.now()
        return self.filter(published_at__lte=at).filter(Q(removed_at=None) | Q(removed_at__gt=at))


@tracked()
class News(models.Model):
    """A piece of news: a draft without a date, on the site from its date to the one when it is taken off."""

    slug = models.SlugField("adresse", max_length=120, unique=True, help_text="Jamais réutilisée.")
    title = models.CharField("titre", max_length=150)
    summary = models.CharField("chapeau", max_length=300)
    body = models.TextField("texte", max_length=10_000)
    published_at = models.DateTimeField(
        "publiée à partir du", null=True, blank=True, help_text="Sans date, l’actualité reste un brouillon."
    )
    removed_at = models.DateTimeField("retirée à partir du", null=True, blank=True)

    objects = NewsQuerySet.as_manager()

    class Meta:
        verbose_name = "actualité"
        verbose_name_plural = "actualités"
        indexes = [models.Index(fields=["-published_at", "-id"], name="news_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True)
                | Q(published_at__isnull=False, removed_at__gt=models.F("published_at")),
                name="news_dates_ordered",
                violation_error_message="Le retrait vient après la publication.",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("catalogue:news_item", kwargs={"slug": self.slug})

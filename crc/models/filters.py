"""Views of the queue that agents keep under a name."""

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, When
from django.db.models.functions import Lower
from django.utils import timezone

from cned_portal.common.history import tracked
from cned_portal.common.validators import validate_single_line
from crc.models.services import Service

# Parameters and known values, never a search: words may name a person, whom an erasure would not find here.
QUERY_PATTERN = r"^etat=[a-z-]+(&(service|etiquette|suivies|a-moi|non-lues|mentions)=[a-zA-Z0-9_-]+)*$"


class SavedFilterQuerySet(models.QuerySet):
    def offered_to(self, user):
        """The person's own, then those shared with the services where they work."""
        return self._own_first(user, Q(shared_with__in=Service.objects.of_agent(user)))

    def managed_by(self, user):
        """Those that the person may rename and delete: their own; for who shares, every shared one too."""
        may_share = user.has_perm("crc.share_savedfilter")
        return self._own_first(user, Q(shared_with__isnull=False) if may_share else Q(pk__in=[]))

    def _own_first(self, user, others):
        is_other = Case(When(owner=user, then=0), default=1)
        return self.filter(Q(owner=user) | others).order_by(is_other, Lower("name"), "pk")


@tracked()
class SavedFilter(models.Model):
    """A view of the queue under a name; `query` is the address's own, written by `QueueFilter`."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_filters", verbose_name="propriétaire"
    )
    name = models.CharField("nom", max_length=60, validators=[validate_single_line])
    query = models.CharField("filtre", max_length=250)
    shared_with = models.ForeignKey(
        Service,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="saved_filters",
        verbose_name="partagé avec",
    )
    created_at = models.DateTimeField("enregistré le", default=timezone.now)

    objects = SavedFilterQuerySet.as_manager()

    class Meta:
        verbose_name = "filtre enregistré"
        verbose_name_plural = "filtres enregistrés"
        default_permissions = ()
        permissions = [("share_savedfilter", "Peut partager un filtre avec un service")]
        constraints = [
            models.UniqueConstraint(
                "owner",
                Lower("name"),
                name="saved_filter_name_once",
                violation_error_message="Un autre de vos filtres porte déjà ce nom.",
            ),
            models.CheckConstraint(
                condition=~Q(name=""),
                name="saved_filter_named",
                violation_error_message="Donnez un nom à ce filtre.",
            ),
            models.CheckConstraint(
                condition=Q(query__regex=QUERY_PATTERN),
                name="saved_filter_known_words",
                violation_error_message="Un filtre ne garde que des choix de la file, jamais une recherche.",
            ),
        ]

    def __str__(self):
        return self.name

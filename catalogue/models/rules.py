from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from cned_portal.common.history import tracked


class CpfRuleQuerySet(models.QuerySet):
    def in_force(self, on=None):
        """The rule of a day; None before the first one."""
        return self.filter(starts_on__lte=on or timezone.localdate()).order_by("-starts_on").first()


@tracked()
class CpfRule(models.Model):
    """Amounts of the personal training account from a date on. Texts never hold them: they change by decree."""

    starts_on = models.DateField("en vigueur depuis le", unique=True)
    specific_register_cap = models.PositiveIntegerField(
        "plafond pour une certification du Répertoire spécifique (€)", null=True, blank=True
    )
    participation = models.DecimalField(
        "participation obligatoire (€)", max_digits=7, decimal_places=2, validators=[MinValueValidator(0)]
    )
    source = models.CharField("texte", max_length=200)

    objects = CpfRuleQuerySet.as_manager()

    class Meta:
        verbose_name = "règle du CPF"
        verbose_name_plural = "règles du CPF"
        constraints = [
            models.CheckConstraint(
                condition=Q(participation__gte=0),
                name="cpf_participation_positive",
                violation_error_message="Une participation n’est pas négative.",
            ),
        ]

    def __str__(self):
        return f"règle du {self.starts_on:%d/%m/%Y}"

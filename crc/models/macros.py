"""Answers written in advance."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from cned_portal.common.history import tracked
from cned_portal.common.text import search_text
from cned_portal.common.validators import validate_single_line
from crc.enums import AnswerMeaning, Public, State
from crc.models.services import Service
from crc.models.tickets import BODY_MAX_LENGTH
from crc.validators import validate_macro_body

NEXT_STATES = [
    (State.ANSWERED, State.ANSWERED.label),
    (State.WAITING, State.WAITING.label),
    (State.CLOSED, State.CLOSED.label),
]


class MacroQuerySet(models.QuerySet):
    def for_ticket(self, ticket):
        """Active ones that suit the ticket's service and public."""
        return self.filter(
            Q(service__isnull=True) | Q(service=ticket.service_id),
            Q(publics__len=0) | Q(publics__contains=[ticket.public]),
            is_active=True,
        )

    def matching(self, text):
        """Those that hold every word of the text, accents, case and endings aside."""
        found = self
        for word in search_text(text).split():
            found = found.filter(folded__contains=word.rstrip("sx"))  # whatever the number
        return found


@tracked(exclude=["folded"])
class Macro(models.Model):
    """A text that agents reuse. Its variables, such as {reference}, are filled from the ticket."""

    name = models.CharField("nom", max_length=120, unique=True, validators=[validate_single_line])
    body = models.TextField(
        "texte",
        max_length=BODY_MAX_LENGTH,
        validators=[validate_macro_body],
        help_text="Variables : {demandeur} {reference} {agent} {service} {formation} {date_promise}.",
    )
    next_state = models.CharField("ensuite, la demande est", max_length=10, choices=NEXT_STATES, blank=True)
    meaning = models.CharField(
        "cette réponse",
        max_length=10,
        choices=AnswerMeaning,
        blank=True,
        default="",
        db_default="",
        help_text="Quand un délai légal court. Vide : elle accepte la demande, ou attend le demandeur selon la suite.",
    )
    service = models.ForeignKey(
        Service,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="macros",
        verbose_name="service",
        help_text="Vide : tous les services.",
    )
    publics = ArrayField(
        models.CharField(max_length=20, choices=Public),
        default=list,
        blank=True,
        verbose_name="publics",
        help_text="Aucun : tous les publics.",
    )
    is_active = models.BooleanField("proposée", default=True)
    folded = models.TextField("mots repliés", editable=False, default="")

    objects = MacroQuerySet.as_manager()

    class Meta:
        verbose_name = "réponse type"
        verbose_name_plural = "réponses types"
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(next_state__in=["", State.ANSWERED, State.WAITING, State.CLOSED]),
                name="macro_next_state",
                violation_error_message="Une réponse laisse la demande répondue, en attente ou close.",
            ),
            models.CheckConstraint(
                condition=Q(meaning__in=["", AnswerMeaning.HOLDING])
                | Q(meaning__in=AnswerMeaning.values) & ~Q(next_state=State.WAITING),
                name="macro_meaning",
                violation_error_message="Une réponse qui décide n’attend plus rien du demandeur.",
            ),
            models.CheckConstraint(
                condition=~Q(body=""),
                name="macro_not_empty",
                violation_error_message="Une réponse type n’est pas vide.",
            ),
        ]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.folded = search_text(f"{self.name} {self.body}")
        super().save(*args, **kwargs)

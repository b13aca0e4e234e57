"""A person's registrations for the baccalauréat and what became of them."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Prefetch, Q
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.history import tracked
from exams.enums import (
    COUNTED_AS,
    HONOURS_BANDS,
    LIVE_REGISTRATIONS,
    MOST_SPECIALITIES,
    NATIONAL,
    OUTCOME_BANDS,
    REGISTRATION_MOVES,
    Academy,
    Honours,
    Origin,
    Outcome,
    Papers,
    Pathway,
    Regime,
    RegistrationState,
    Series,
    Speciality,
)
from exams.models.dates import ExamDates
from exams.models.reference import SERIES_OF_PATHWAY
from exams.models.sessions import ExamSession
from learners.models import LearnerProfile

State = RegistrationState


class BacRegistrationQuerySet(models.QuerySet):
    def live(self):
        return self.filter(state__in=LIVE_REGISTRATIONS)

    def of_user(self, user):
        """The person's own."""
        return self.filter(learner__user=user)

    def with_dates(self):
        """With `opens_on`, `closes_on` and `results_on`, None where nobody gave them."""
        return self.annotate(
            **{name: ExamDates.objects.date_for(name) for name in ("opens_on", "closes_on", "results_on")}
        )

    def with_parts(self):
        """With all that a page or the API says of them."""
        results = Prefetch("results", BacResult.objects.order_by("pk"))
        return self.with_dates().select_related("session", "learner__user").prefetch_related(results)


@tracked()
class BacRegistration(models.Model):
    """A person's registration for papers of a session.

    The portal registers nobody: the academy does, on its own site. This says where the person stands. No number of
    candidate is kept, nothing here needs one. Its state only moves by the verbs of `exams.domain.registrations`.
    """

    learner = models.ForeignKey(
        LearnerProfile, models.PROTECT, related_name="bac_registrations", verbose_name="apprenant"
    )
    session = models.ForeignKey(ExamSession, models.PROTECT, related_name="registrations", verbose_name="session")
    papers = models.CharField("épreuves", max_length=12, choices=Papers)
    regime = models.CharField("inscription au Cned", max_length=12, choices=Regime)
    pathway = models.CharField("voie", max_length=20, choices=Pathway)
    series = models.CharField("série", max_length=25, choices=Series)
    specialities = ArrayField(
        models.CharField(max_length=20, choices=Speciality), verbose_name="spécialités", default=list, blank=True
    )
    academy = models.CharField("académie", max_length=20, choices=Academy, blank=True)
    state = models.CharField("état", max_length=10, choices=State, default=State.INTENDED)
    created_at = models.DateTimeField("annoncée le", default=timezone.now)
    confirmed_at = models.DateTimeField("confirmée le", null=True, blank=True)
    cancelled_at = models.DateTimeField("annulée le", null=True, blank=True)

    objects = BacRegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = "inscription au baccalauréat"
        verbose_name_plural = "inscriptions au baccalauréat"
        default_permissions = ("view",)
        permissions = [("handle_candidates", "Tient les inscriptions et les résultats au baccalauréat")]
        indexes = [
            models.Index(fields=["learner", "-created_at", "-id"], name="bac_of_learner"),
            models.Index(fields=["session", "state", "created_at", "id"], name="bac_of_session"),
            models.Index(fields=["created_at", "id"], condition=Q(state=State.DECLARED), name="bac_to_confirm"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["learner", "session", "papers"],
                condition=Q(state__in=LIVE_REGISTRATIONS),
                name="bac_registration_live_once",
                violation_error_message="Ces épreuves sont déjà annoncées pour cette session.",
            ),
            models.CheckConstraint(
                condition=SERIES_OF_PATHWAY,
                name="bac_registration_series_of_pathway",
                violation_error_message="Cette série n’est pas de cette voie.",
            ),
            models.CheckConstraint(
                condition=Q(specialities=[])
                | Q(
                    pathway=Pathway.GENERAL,
                    specialities__contained_by=Speciality.values,
                    specialities__len__lte=MOST_SPECIALITIES,
                ),
                name="bac_registration_specialities_known",
                violation_error_message="La voie générale a deux spécialités au plus, les autres n’en ont pas.",
            ),
            models.CheckConstraint(
                condition=Q(specialities__len__lt=2) | ~Q(specialities__0=F("specialities__1")) | Q(specialities=[]),
                name="bac_registration_specialities_differ",
                violation_error_message="Les deux spécialités sont différentes.",
            ),
            models.CheckConstraint(
                condition=~Q(academy=NATIONAL),
                name="bac_registration_one_academy",
                violation_error_message="Un candidat dépend d’une académie.",
            ),
            models.CheckConstraint(
                condition=Q(state=State.CONFIRMED, confirmed_at__isnull=False)
                | Q(state__in=[State.INTENDED, State.DECLARED], confirmed_at__isnull=True)
                | Q(state=State.CANCELLED),
                name="bac_registration_confirmed_dated",
                violation_error_message="Une inscription confirmée a une date de confirmation.",
            ),
            models.CheckConstraint(
                condition=Q(state=State.CANCELLED, cancelled_at__isnull=False)
                | (~Q(state=State.CANCELLED) & Q(cancelled_at__isnull=True)),
                name="bac_registration_cancelled_dated",
                violation_error_message="Une inscription annulée a une date d’annulation, une autre n’en a pas.",
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="bac_registration_moves",
                field="state",
                transitions=[
                    (str(old), str(new)) for old, targets in REGISTRATION_MOVES.items() for new in sorted(targets)
                ],
            ),
            # A check constraint cannot read the results.
            pgtrigger.Trigger(
                name="bac_registration_keeps_result",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("state", "papers"),
                condition=pgtrigger.Q(new__state=State.CANCELLED) | ~pgtrigger.Q(new__papers=Papers.FINAL),
                func=(
                    "IF EXISTS (SELECT 1 FROM exams_bacresult r WHERE r.registration_id = NEW.id) THEN "
                    "RAISE EXCEPTION 'the registration has a result' USING ERRCODE = 'check_violation'; "
                    "END IF; RETURN NEW;"
                ),
            ),
        ]

    def __str__(self):
        return f"{self.learner.number}, {self.session}"

    def get_absolute_url(self):
        return f"{reverse('exams:bac')}#inscription-{self.pk}"

    @property
    def is_live(self):
        return self.state in LIVE_REGISTRATIONS

    @property
    def is_made(self):
        """Made with the academy, as the person says or as the academy says."""
        return self.state in (State.DECLARED, State.CONFIRMED)

    @property
    def status(self):
        """Status under which DEPP is thought to count it."""
        return COUNTED_AS[self.regime]

    @property
    def study(self):
        """« Générale », « Technologique STMG », « Pro, services »."""
        prefix = f"{self.get_pathway_display()} " if self.pathway == Pathway.TECHNOLOGICAL else ""
        return prefix + self.get_series_display()

    @property
    def speciality_labels(self):
        return [Speciality(value).label for value in self.specialities]

    @property
    def result(self):
        """What is known of the outcome: confirmed if it is, else what the person says; None when nobody said."""
        found = {result.origin: result for result in self.results.all()}
        return found.get(Origin.CONFIRMED) or found.get(Origin.DECLARED)


def _within(field, value, column, band):
    return Q(**{field: value, f"{column}__gte": band[0], f"{column}__lt": band[1]})


def _any(conditions):
    whole = Q()
    for condition in conditions:
        whole |= condition
    return whole


@tracked()
class BacResult(models.Model):
    """The outcome of a registration, as the person says it or as the academy does: one row for each."""

    registration = models.ForeignKey(
        BacRegistration, models.PROTECT, related_name="results", verbose_name="inscription au baccalauréat"
    )
    origin = models.CharField("origine", max_length=8, choices=Origin)
    outcome = models.CharField("résultat", max_length=13, choices=Outcome)
    honours = models.CharField("mention", max_length=13, choices=Honours, blank=True)
    average = models.DecimalField("moyenne", max_digits=4, decimal_places=2, null=True, blank=True)
    source = models.CharField("source", max_length=300, blank=True)
    recorded_at = models.DateTimeField("enregistré le", default=timezone.now)

    class Meta:
        verbose_name = "résultat au baccalauréat"
        verbose_name_plural = "résultats au baccalauréat"
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["registration", "origin"],
                name="bac_result_once",
                violation_error_message="Ce résultat est déjà enregistré.",
            ),
            models.CheckConstraint(
                condition=(Q(origin=Origin.CONFIRMED) & ~Q(source="")) | Q(origin=Origin.DECLARED, source=""),
                name="bac_result_sourced",
                violation_error_message="Un résultat confirmé dit d’après quoi.",
            ),
            models.CheckConstraint(
                condition=Q(honours="") | Q(outcome=Outcome.ADMITTED_FIRST),
                name="bac_result_honours_at_first",
                violation_error_message="Une mention ne s’obtient qu’au 1er groupe.",
            ),
            models.CheckConstraint(
                condition=Q(average__isnull=True)
                | _any(_within("outcome", outcome, "average", band) for outcome, band in OUTCOME_BANDS.items()),
                name="bac_result_average_of_outcome",
                violation_error_message="Cette moyenne ne va pas avec ce résultat.",
            ),
            models.CheckConstraint(
                condition=Q(average__isnull=True)
                | Q(honours="")
                | _any(_within("honours", honours, "average", band) for honours, band in HONOURS_BANDS.items()),
                name="bac_result_average_of_honours",
                violation_error_message="Cette mention ne va pas avec cette moyenne.",
            ),
            models.CheckConstraint(
                condition=Q(average__isnull=True) | Q(average__lte=20),
                name="bac_result_average_of_20",
                violation_error_message="Une moyenne va de 0 à 20.",
            ),
        ]
        triggers = [
            # A check constraint cannot read the registration.
            pgtrigger.Trigger(
                name="bac_result_of_a_candidate",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("registration_id", "origin"),
                func=(
                    "PERFORM 1 FROM exams_bacregistration b WHERE b.id = NEW.registration_id "
                    f"AND b.papers = '{Papers.FINAL}' AND (b.state = '{State.CONFIRMED}' "
                    f"OR (b.state = '{State.DECLARED}' AND NEW.origin = '{Origin.DECLARED}')) FOR UPDATE; "
                    "IF NOT FOUND THEN "
                    "RAISE EXCEPTION 'nobody was registered for a result' USING ERRCODE = 'check_violation'; "
                    "END IF; RETURN NEW;"
                ),
            ),
        ]

    def __str__(self):
        return self.get_outcome_display()

    @property
    def is_confirmed(self):
        return self.origin == Origin.CONFIRMED

    @property
    def told(self):
        """In plain words: « admis au 1er groupe, mention bien »."""
        words = self.get_outcome_display()
        if self.honours:
            words = f"{words}, {self.get_honours_display().lower()}"
        return words[0].lower() + words[1:]

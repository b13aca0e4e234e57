"""Registrations for the baccalauréat as the person, their guardian, an agent or an analyst reads them."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from catalogue.enums import Level
from cned_portal.common.kept_sql import kept_sql
from cned_portal.common.templatetags.french import french_day
from exams.domain.outcomes import may_have_result, results_day
from exams.enums import (
    HONOURS_COLUMNS,
    OUTCOME_COLUMNS,
    Origin,
    Outcome,
    Papers,
    Pathway,
    Regime,
    RegistrationState,
)
from exams.models import COUNTS, BacRegistration, BacResult, ExamDates
from learners.domain.guardian_rules import Subject, sees
from learners.domain.queries.family import guardianships_of
from learners.domain.space import Step
from learners.enums import LearnerPublic
from learners.models import Enrolment, LearnerProfile
from learners.models.people import born_to_be

SHOWN = 50
CONTEXT_SHOWN = 5
BAC_AGE = 15  # a pupil who is younger sits no paper soon
LAST_DAYS = timedelta(days=7)
STEPS_MOST = 3
State = RegistrationState

WHO_REGISTERS = {
    Regime.REGULATED: (
        "Le Cned prépare votre inscription. Sur Cyclades, avec votre compte de candidat, vous la vérifiez et la "
        "validez. Ne vous inscrivez pas une seconde fois comme candidat individuel."
    ),
    Regime.FREE: (
        "Le Cned ne vous inscrit pas : vous vous inscrivez sur Cyclades, comme candidat individuel, auprès de votre "
        "académie."
    ),
    Regime.SCHOOL: "Votre lycée vous inscrit : c’est avec lui que vous vérifiez votre inscription.",
}
ASSESSMENT = {
    Regime.REGULATED: "Contrôle continu : vos moyennes annuelles du Cned comptent pour 40 % de la note.",
    Regime.FREE: "Contrôle continu : vous passez des évaluations ponctuelles, qui comptent pour 40 % de la note.",
    Regime.SCHOOL: "Contrôle continu : les moyennes annuelles de votre lycée comptent pour 40 % de la note.",
}
ASK_IF_MADE = {
    Regime.REGULATED: "votre inscription se vérifie et se valide sur Cyclades",
    Regime.FREE: "l’inscription se fait sur Cyclades",
    Regime.SCHOOL: "votre lycée vous inscrit",
}


def own_registrations(user):
    """The person's own, with what a page says of them."""
    return BacRegistration.objects.of_user(user).with_parts()


def followed_registrations(user):
    """The person's own, and those of the minors of whom they may see it."""
    wards = [bond.learner_id for bond in guardianships_of(user) if sees(bond, Subject.EXAMS)]
    return BacRegistration.objects.filter(Q(learner__user=user) | Q(learner__in=wards)).with_parts()


def shows_bac(user):
    """Files for which the page is worth an entry in the menu: the person's own, and those of minors they follow."""
    return LearnerProfile.objects.followed_by(user).filter(
        _may_sit() | Exists(BacRegistration.objects.filter(learner=OuterRef("pk")))
    )


def _may_sit():
    """A pupil of that age, or somebody who follows a training of the level of the bac."""
    born = born_to_be(BAC_AGE, timezone.localdate())
    enrolments = Enrolment.objects.live().filter(learner=OuterRef("pk"), training__level_after=Level.FOUR)
    return Q(public=LearnerPublic.PUPIL, date_of_birth__lte=born) | Exists(enrolments)


@dataclass(frozen=True)
class Standing:
    """A registration as its page tells it on a day. `registration` comes from `with_parts`."""

    registration: BacRegistration
    is_own: bool
    today: date = field(default_factory=timezone.localdate)

    @property
    def window(self):
        """« du 3 au 28 novembre », empty when nobody gave the dates."""
        item = self.registration
        return f"du {french_day(item.opens_on)} au {french_day(item.closes_on)}" if item.opens_on else ""

    @property
    def is_open(self):
        item = self.registration
        return bool(item.opens_on) and item.opens_on <= self.today <= item.closes_on

    @property
    def is_closed(self):
        return bool(self.registration.closes_on) and self.registration.closes_on < self.today

    @property
    def question(self):
        """What is asked while the registration is to make; empty before it opens."""
        item = self.registration
        if item.state != State.INTENDED:
            return ""
        if self.is_closed:
            return f"Les inscriptions sont closes depuis le {french_day(item.closes_on)} : la vôtre est-elle faite ?"
        if self.is_open:
            words = ASK_IF_MADE[item.regime]
            return f"{words[0].upper()}{words[1:]} {self.window} : est-ce fait ?"
        return ""

    @property
    def next_words(self):
        """What comes next, in plain sentences."""
        item, result = self.registration, self.registration.result
        if not item.is_live:
            return []
        if item.state == State.INTENDED:
            return [WHO_REGISTERS[item.regime], self.question or self._opening]
        words = []
        if item.state == State.DECLARED:
            words.append("Nous la confirmerons quand l’académie nous l’aura dite : vous n’avez rien à faire.")
        if item.papers == Papers.FINAL and result is None:
            words.append(f"Résultats du 1er groupe : {self._results}.")
        if result and result.outcome == Outcome.TO_SECOND:
            words.append("Vous passez les oraux de contrôle : donnez leur résultat dès qu’il est connu.")
        return words

    @property
    def _opening(self):
        if not self.window:
            return "Les dates d’inscription de cette session ne sont pas encore connues."
        return f"Les inscriptions ouvrent le {french_day(self.registration.opens_on)}."

    @property
    def _results(self):
        day = self.registration.results_on
        if day is None:
            return "date pas encore connue"
        return f"publiés le {french_day(day)}" if day <= self.today else f"attendus le {french_day(day)}"

    @property
    def assessment(self):
        """How the year counts; the voie professionnelle has other rules."""
        item = self.registration
        return "" if item.pathway == Pathway.VOCATIONAL else ASSESSMENT[item.regime]

    @property
    def may_change(self):
        return self.is_own and self.registration.state in (State.INTENDED, State.DECLARED)

    @property
    def may_withdraw(self):
        return self.may_change and self.registration.result is None

    @property
    def may_say_made(self):
        return self.is_own and self.registration.state == State.INTENDED

    @property
    def may_tell_result(self):
        item = self.registration
        is_settled = item.result is not None and item.result.is_confirmed
        return self.is_own and item.is_made and not is_settled and may_have_result(item, self.today)


def standings(user):
    """What the page « Mon baccalauréat » shows, the latest session first. A constant number of queries."""
    rows = followed_registrations(user).order_by("-session__year", "-created_at", "-pk")[:SHOWN]
    return [Standing(item, item.learner.user_id == user.pk) for item in rows]


@kept_sql
def recent_registrations(user):
    recent = own_registrations(user).live().filter(session__year__gte=timezone.localdate().year - 1)
    return recent.order_by("session__year", "pk")[:SHOWN]


@kept_sql
def registers_to_answer(user):
    """The open register that closes first, of a session of which the person has said nothing, if they may sit it."""
    today = timezone.localdate()
    may_sit = Exists(LearnerProfile.objects.filter(_may_sit(), user=user))
    told = BacRegistration.objects.of_user(user).live().filter(session=OuterRef("session"))
    opened = ExamDates.objects.filter(may_sit, ~Exists(told), opens_on__lte=today, closes_on__gte=today)
    return opened.select_related("session").order_by("closes_on", "pk")[:1]


def bac_steps(user):
    """The next steps of the person about the baccalauréat."""
    steps = [step for item in recent_registrations(user) for step in _steps_of(Standing(item, True))]
    return (steps + [_proposal(dates) for dates in registers_to_answer(user)])[:STEPS_MOST]


def _steps_of(standing):
    item = standing.registration
    prefix = f"Baccalauréat, {item.session}"
    if standing.question:
        is_late = standing.is_closed or item.closes_on - standing.today <= LAST_DAYS
        yield Step(f"{prefix}. {standing.question}", item.get_absolute_url(), "Répondre", rank=8 if is_late else 18)
    if standing.may_tell_result:
        url = reverse("exams:bac_result", kwargs={"pk": item.pk})
        if item.result is None:
            text = f"{prefix} : les résultats sont publiés depuis le {french_day(results_day(item))}."
            yield Step(text, url, "Donner mon résultat", rank=25)
        elif item.result.outcome == Outcome.TO_SECOND:
            yield Step(f"{prefix} : vous passez le 2nd groupe.", url, "Donner le résultat du 2nd groupe", rank=28)


def _proposal(dates):
    text = f"Passez-vous des épreuves du baccalauréat à la {dates.session} ? Les inscriptions sont ouvertes."
    return Step(text, reverse("exams:bac_declare"), "Le dire", rank=45)


def candidate_lines(account_id):
    """A person's registrations for an agent: where they stand, whether a result is known, and not which."""
    rows = BacRegistration.objects.filter(learner__user=account_id).with_parts()
    return [_line(item) for item in rows.order_by("-session__year", "-created_at", "-pk")[:CONTEXT_SHOWN]]


def _line(item):
    result = item.result
    known = "" if result is None else f", résultat {'confirmé' if result.is_confirmed else 'déclaré'}"
    papers = "épreuves terminales" if item.papers == Papers.FINAL else "épreuves anticipées"
    academy = f", académie : {item.get_academy_display()}" if item.academy else ""
    state = item.get_state_display().lower()
    regime = item.get_regime_display().lower()
    return f"Session {item.session.year}, {papers}, {item.study} ({regime}) : {state}{academy}{known}"


@dataclass(frozen=True)
class Counted:
    """Confirmed candidates of a session in DEPP's columns, and those who have no place in its sums."""

    counts: dict[str, int]
    no_decision: int
    unknown: int


def counted(session):
    """Candidates whose registration is confirmed, by confirmed results alone: one query.

    DEPP's sums hold of the counts: present = admitted + refused, admitted = the honours and those without.
    """
    results = BacResult.objects.filter(registration=OuterRef("pk"), origin=Origin.CONFIRMED)
    rows = (
        BacRegistration.objects.filter(session=session, papers=Papers.FINAL, state=State.CONFIRMED)
        .annotate(outcome=results.values("outcome")[:1], honours=results.values("honours")[:1])
        .values("outcome", "honours")
        .annotate(candidates=Count("pk"))
        .order_by()
    )
    counts, no_decision, unknown = Counter(dict.fromkeys(COUNTS, 0)), 0, 0
    for row in rows:
        number = row["candidates"]
        counts["registered"] += number
        columns = OUTCOME_COLUMNS.get(row["outcome"])
        if row["outcome"] == Outcome.NO_DECISION:
            no_decision += number
        elif columns is None:
            unknown += number
        else:
            for column in columns:
                counts[column] += number
            if "admitted" in columns:
                counts[HONOURS_COLUMNS[row["honours"]]] += number
    return Counted(dict(counts), no_decision, unknown)

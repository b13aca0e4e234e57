"""Fictitious candidates of the baccalauréat: a register that closes soon, what people say, what académies confirmed."""

from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from cned_portal.demo.people import LEARNER
from exams.domain.outcomes import Verdict, confirm_result, declare_result
from exams.domain.registrations import Candidacy, confirm_registration, declare_registration
from exams.enums import Academy, Honours, Outcome, Papers, Pathway, Regime, Series, Speciality
from exams.models import BacRegistration, ExamDates, ExamSession
from learners.models import LearnerProfile

SOURCE = "Valeur de démonstration"


def load():
    """Add what is missing; nothing without the learners of the demonstration."""
    camille = LearnerProfile.objects.filter(user__email=LEARNER[0]).first()
    if camille is None or BacRegistration.objects.exists():
        return
    today = timezone.localdate()
    last = today.year if today >= date(today.year, 7, 8) else today.year - 1
    past, coming = (ExamSession.objects.get_or_create(year=year)[0] for year in (last, last + 1))
    _dates(past, date(last - 1, 11, 3), date(last - 1, 11, 28), date(last, 7, 3))
    closes_on = today + timedelta(days=20)
    results_on = max(date(last + 1, 7, 4), closes_on + timedelta(days=30))
    _dates(coming, today - timedelta(days=10), closes_on, results_on)
    _camille(camille, past, coming)
    _others(past, coming)


def _dates(session, opens_on, closes_on, results_on):
    for papers in Papers:
        ExamDates.objects.get_or_create(
            session=session,
            papers=papers,
            academy=Academy.FRANCE,
            defaults={"opens_on": opens_on, "closes_on": closes_on, "results_on": results_on, "source": SOURCE},
        )


def _general(session, regime, academy, **fields):
    return Candidacy(
        session=session,
        papers=Papers.FINAL,
        regime=regime,
        pathway=Pathway.GENERAL,
        series=Series.GENERAL,
        specialities=(Speciality.MATHS, Speciality.SES),
        academy=academy,
        **fields,
    )


def _camille(camille, past, coming):
    """Refused at the second group last time, and about to try again."""
    first = declare_registration(
        camille, _general(past, Regime.FREE, Academy.POITIERS), is_made=True, acting_user=camille.user
    )
    confirm_registration(first, acting_user=None)
    verdict = Verdict(Outcome.REFUSED_SECOND, average=Decimal("9.62"))
    declare_result(first, verdict, acting_user=camille.user)
    declare_registration(
        camille, _general(coming, Regime.FREE, Academy.POITIERS), is_made=False, acting_user=camille.user
    )


def _others(past, coming):
    learners = LearnerProfile.objects.exclude(user__email=LEARNER[0]).filter(merged_into=None, anonymised_at=None)
    admitted, waiting = learners.order_by("pk")[:2]
    done = declare_registration(
        admitted, _general(past, Regime.REGULATED, Academy.RENNES), is_made=True, acting_user=admitted.user
    )
    declare_result(done, Verdict(Outcome.ADMITTED_FIRST, Honours.GOOD), acting_user=admitted.user)
    verdict = Verdict(Outcome.ADMITTED_FIRST, Honours.GOOD, Decimal("14.60"))
    confirm_result(done, verdict, source=SOURCE, acting_user=None)
    technological = Candidacy(
        session=coming,
        papers=Papers.FINAL,
        regime=Regime.REGULATED,
        pathway=Pathway.TECHNOLOGICAL,
        series=Series.STMG,
        academy=Academy.LILLE,
    )
    declare_registration(waiting, technological, is_made=True, acting_user=waiting.user)

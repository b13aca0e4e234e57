"""What a person says of the baccalauréat, what academies confirm, and what is counted of it."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import close_old_connections, connection
from django.utils import timezone

from catalogue.enums import Level
from cned_portal.common.outbox.domain.wanted import still_wanted
from cned_portal.common.outbox.models import Mail
from cned_portal.common.refusals import Refusal
from exams.domain.importing import HEADINGS, ImportRefused, import_results
from exams.domain.outcomes import Verdict, confirm_result, declare_result
from exams.domain.queries.candidates import bac_steps, counted, shows_bac, standings
from exams.domain.registrations import (
    Candidacy,
    cancel_registration,
    change_registration,
    confirm_registration,
    declare_registration,
    say_made,
    withdraw_registration,
)
from exams.enums import (
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
from exams.models import BacRegistration, BacResult
from exams.tasks import remind_candidates
from learners.enums import LearnerPublic
from tests.exams.factories import (
    BacRegistrationFactory,
    BacResultFactory,
    ExamDatesFactory,
    ExamSessionFactory,
)
from tests.learners.factories import EnrolmentFactory, LearnerProfileFactory

pytestmark = pytest.mark.django_db
State = RegistrationState
TODAY = "2026-11-10T10:00:00+01:00"


@pytest.fixture(autouse=True)
def _november(time_machine):
    time_machine.move_to(TODAY, tick=False)


@pytest.fixture
def coming():
    return ExamDatesFactory(
        session=ExamSessionFactory(year=2027),
        opens_on=date(2026, 11, 3),
        closes_on=date(2026, 11, 28),
        results_on=date(2027, 7, 6),
    ).session


def candidacy(session, **fields):
    values = {
        "papers": Papers.FINAL,
        "regime": Regime.FREE,
        "pathway": Pathway.GENERAL,
        "series": Series.GENERAL,
        "specialities": (Speciality.SES, Speciality.MATHS),
        "academy": Academy.RENNES,
    }
    return Candidacy(session=session, **values | fields)


class TestRegistration:
    def test_goes_from_intended_to_made_then_confirmed_and_no_further_by_the_person(self, coming):
        learner = LearnerProfileFactory()
        me = {"acting_user": learner.user}
        item = declare_registration(learner, candidacy(coming), is_made=False, **me)
        assert item.state == State.INTENDED
        assert say_made(item, **me).state == say_made(item, **me).state == State.DECLARED
        item = change_registration(item, candidacy(coming, regime=Regime.REGULATED), is_made=True, **me)
        assert item.regime == Regime.REGULATED
        item = confirm_registration(item, acting_user=None)
        at = item.confirmed_at
        assert confirm_registration(item, acting_user=None).confirmed_at == at
        with pytest.raises(Refusal, match="écrivez-nous"):
            change_registration(item, candidacy(coming), is_made=True, **me)
        with pytest.raises(Refusal, match="écrivez-nous"):
            withdraw_registration(item, **me)
        assert cancel_registration(item, acting_user=None).state == State.CANCELLED
        with pytest.raises(Refusal, match="annulée"):
            say_made(item, **me)

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"series": Series.STMG}, "pas de cette voie"),
            ({"specialities": (Speciality.SES, Speciality.SES)}, "différentes"),
            ({"academy": Academy.FRANCE}, "une académie"),
        ],
    )
    def test_inconsistent_one_is_refused_in_words(self, coming, wrong, said):
        learner = LearnerProfileFactory()
        with pytest.raises(Refusal, match=said):
            declare_registration(learner, candidacy(coming, **wrong), is_made=True, acting_user=learner.user)
        assert not BacRegistration.objects.exists()

    def test_session_too_far_is_refused(self):
        learner = LearnerProfileFactory()
        for year in (2024, 2029):
            session = ExamSessionFactory(year=year)
            with pytest.raises(Refusal, match="session"):
                declare_registration(learner, candidacy(session), is_made=True, acting_user=learner.user)

    def test_changing_into_papers_already_announced_is_refused(self, coming):
        first = BacRegistrationFactory(session=coming)
        other = BacRegistrationFactory(session=coming, learner=first.learner, papers=Papers.ANTICIPATED)
        with pytest.raises(Refusal, match="déjà annoncé"):
            change_registration(other, candidacy(coming), is_made=False, acting_user=None)
        other.refresh_from_db()
        assert other.papers == Papers.ANTICIPATED

    def test_confirmation_needs_an_academie(self, coming):
        item = BacRegistrationFactory(session=coming, made=True, academy="")
        with pytest.raises(Refusal, match="académie"):
            confirm_registration(item, acting_user=None)
        assert confirm_registration(item, academy=Academy.NICE, acting_user=None).academy == Academy.NICE

    @pytest.mark.django_db(transaction=True)
    def test_announced_twice_at_once_it_is_one(self, coming):
        learner = LearnerProfileFactory()
        refusals = []

        def announce():
            close_old_connections()
            try:
                declare_registration(learner, candidacy(coming), is_made=True, acting_user=learner.user)
            except Refusal as refusal:
                refusals.append(str(refusal))
            finally:
                connection.close()

        threads = [threading.Thread(target=announce) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert BacRegistration.objects.count() == 1
        assert len(refusals) == 3


class TestResult:
    def test_what_the_person_and_the_academie_say_are_two_rows_and_the_second_is_told(self):
        item = BacRegistrationFactory(made=True)
        declare_result(item, Verdict(Outcome.TO_SECOND), acting_user=item.learner.user)
        declare_result(item, Verdict(Outcome.ADMITTED_SECOND), acting_user=item.learner.user)
        confirm_result(item, Verdict(Outcome.REFUSED_SECOND), source="Liste fictive", acting_user=None)
        rows = dict(BacResult.objects.values_list("origin", "outcome"))
        assert rows == {Origin.DECLARED: Outcome.ADMITTED_SECOND, Origin.CONFIRMED: Outcome.REFUSED_SECOND}
        item = BacRegistration.objects.get()
        assert item.state == State.CONFIRMED
        assert item.result.told == "refusé au 2nd groupe"
        with pytest.raises(Refusal, match="confirmé"):
            declare_result(item, Verdict(Outcome.ADMITTED_FIRST), acting_user=item.learner.user)

    def test_told_in_plain_words(self):
        item = BacResultFactory(honours=Honours.GOOD)
        assert item.told == "admis au 1er groupe, mention bien"

    def test_none_before_the_day_of_the_results(self, coming, time_machine):
        item = BacRegistrationFactory(session=coming, made=True)
        verdict = Verdict(Outcome.ADMITTED_FIRST, Honours.GOOD, Decimal("14.2"))
        with pytest.raises(Refusal, match="pas encore publiés"):
            declare_result(item, verdict, acting_user=item.learner.user)
        time_machine.move_to("2027-07-06T10:00:00+02:00")
        assert declare_result(item, verdict, acting_user=item.learner.user).average == Decimal("14.2")

    def test_none_for_papers_that_lead_to_none_nor_before_the_registration_is_made(self):
        verdict = Verdict(Outcome.ADMITTED_FIRST)
        early = BacRegistrationFactory(made=True, papers=Papers.ANTICIPATED)
        with pytest.raises(Refusal, match="terminales"):
            declare_result(early, verdict, acting_user=early.learner.user)
        intended = BacRegistrationFactory()
        with pytest.raises(Refusal, match="inscription"):
            declare_result(intended, verdict, acting_user=intended.learner.user)

    def test_registration_with_a_result_is_not_given_up(self):
        item = BacRegistrationFactory(made=True)
        declare_result(item, Verdict(Outcome.ABSENT), acting_user=item.learner.user)
        for verb in (withdraw_registration, cancel_registration):
            with pytest.raises(Refusal, match="résultat"):
                verb(item, acting_user=None)
        for said, is_made in (({}, False), ({"papers": Papers.ANTICIPATED}, True)):
            with pytest.raises(Refusal, match="résultat"):
                change_registration(item, candidacy(item.session, **said), is_made=is_made, acting_user=None)

    def test_corrected_result_is_in_the_history(self):
        item = BacRegistrationFactory(made=True)
        for outcome in (Outcome.TO_SECOND, Outcome.ADMITTED_SECOND):
            declare_result(item, Verdict(outcome), acting_user=item.learner.user)
        events = BacResult.pgh_event_model.objects.order_by("pgh_id")
        assert [event.outcome for event in events] == [Outcome.TO_SECOND, Outcome.ADMITTED_SECOND]
        assert events[0].pgh_context["user"] == item.learner.user.pk


def test_confirmed_candidates_add_up_as_depp_s_columns_do():
    session = ExamSessionFactory(year=2026)
    for outcome, honours in (
        (Outcome.ADMITTED_FIRST, Honours.GOOD),
        (Outcome.ADMITTED_FIRST, ""),
        (Outcome.ADMITTED_SECOND, ""),
        (Outcome.REFUSED_FIRST, ""),
        (Outcome.REFUSED_SECOND, ""),
        (Outcome.ABSENT, ""),
        (Outcome.NO_DECISION, ""),
        (Outcome.TO_SECOND, ""),
    ):
        item = BacRegistrationFactory(session=session, confirmed=True)
        BacResultFactory(registration=item, outcome=outcome, honours=honours, confirmed=True)
    BacResultFactory(registration=BacRegistrationFactory(session=session, confirmed=True))  # declared alone
    BacRegistrationFactory(session=session, made=True)
    BacRegistrationFactory(session=session, confirmed=True, papers=Papers.ANTICIPATED)
    found = counted(session)
    counts = found.counts
    assert (counts["registered"], counts["present"], counts["admitted"], counts["refused"]) == (9, 5, 3, 2)
    assert counts["present"] == counts["admitted"] + counts["refused"]
    assert counts["admitted"] == counts["admitted_first"] + counts["admitted_second"]
    assert counts["sent_to_second"] == counts["admitted_second"] + counts["refused_second"] == 2
    assert counts["admitted"] == counts["good"] + counts["no_honours"]
    assert (found.no_decision, found.unknown) == (1, 2)  # sent to the second group, or said by the person alone


class TestStepsAndReminders:
    def test_intended_registration_asks_while_the_register_is_open_then_when_it_is_closed(self, coming, time_machine):
        item = BacRegistrationFactory(session=coming)
        (step,) = bac_steps(item.learner.user)
        assert "L’inscription se fait sur Cyclades du 3 novembre 2026 au 28 novembre 2026" in step.text
        assert (step.action, step.rank) == ("Répondre", 18)
        time_machine.move_to("2026-11-22T10:00:00+01:00")
        assert bac_steps(item.learner.user)[0].rank == 8
        time_machine.move_to("2026-11-29T10:00:00+01:00")
        assert "closes depuis le 28 novembre 2026" in bac_steps(item.learner.user)[0].text
        time_machine.move_to("2026-11-02T10:00:00+01:00")
        assert bac_steps(item.learner.user) == []

    def test_nobody_is_told_that_the_cned_registers_them_alone(self, coming):
        for regime, words in (
            (Regime.FREE, "Le Cned ne vous inscrit pas"),
            (Regime.REGULATED, "Le Cned prépare votre inscription"),
            (Regime.SCHOOL, "Votre lycée vous inscrit"),
        ):
            item = BacRegistrationFactory(session=coming, regime=regime)
            (standing,) = standings(item.learner.user)
            assert standing.next_words[0].startswith(words)

    def test_made_registration_asks_for_the_result_once_results_are_out(self, coming, time_machine):
        item = BacRegistrationFactory(session=coming, made=True)
        assert bac_steps(item.learner.user) == []
        time_machine.move_to("2027-07-07T10:00:00+02:00")
        assert bac_steps(item.learner.user)[0].action == "Donner mon résultat"
        declare_result(item, Verdict(Outcome.TO_SECOND), acting_user=item.learner.user)
        assert "2nd groupe" in bac_steps(item.learner.user)[0].action
        confirm_result(item, Verdict(Outcome.ADMITTED_SECOND), source="Liste", acting_user=None)
        assert bac_steps(item.learner.user) == []

    def test_who_may_sit_the_bac_is_asked_and_a_child_is_not(self, coming):
        child, teenager = (
            LearnerProfileFactory(public=LearnerPublic.PUPIL, date_of_birth=date(year, 1, 1)) for year in (2013, 2010)
        )
        adult = EnrolmentFactory(active=True, training__level_after=Level.FOUR).learner
        other = EnrolmentFactory(active=True, training__level_after=Level.FIVE).learner
        for learner, is_asked in ((child, False), (teenager, True), (adult, True), (other, False)):
            assert bool(bac_steps(learner.user)) is is_asked
            assert shows_bac(learner.user).exists() is is_asked

    def test_reminder_leaves_once_near_the_end_and_is_dropped_when_it_is_done(self, coming, time_machine):
        item = BacRegistrationFactory(session=coming)
        BacRegistrationFactory(session=coming, made=True)
        remind_candidates()
        assert not Mail.objects.exists()  # eighteen days before the end
        time_machine.move_to("2026-11-20T10:00:00+01:00")
        remind_candidates()
        remind_candidates()
        mail = Mail.objects.get()
        assert mail.to == item.learner.user.email
        assert "28 novembre 2026" in mail.text
        assert still_wanted([mail]) == {mail.pk}
        say_made(item, acting_user=item.learner.user)
        assert still_wanted([mail]) == set()


class TestImport:
    def table(self, *lines):
        return "\n".join([";".join(HEADINGS), *lines]).encode()

    def test_results_are_confirmed_and_registrations_that_nobody_announced_are_made(self):
        session = ExamSessionFactory(year=2026)
        known = BacRegistrationFactory(session=session, made=True)
        silent = LearnerProfileFactory()
        content = self.table(
            f"{known.learner.number};2026;Admis au 1er groupe;mention bien;14,6;;;",
            f"{silent.number};2026;refuse-2g;;9,2;Lille;STMG;libre",
        )
        report = import_results(content, source="Liste fictive", dry_run=True, acting_user=None)
        assert (report.lines, report.confirmed, report.created, report.refused) == (2, 2, 1, [])
        assert not BacResult.objects.exists()
        import_results(content, source="Liste fictive", acting_user=None)
        again = import_results(content, source="Liste fictive", acting_user=None)
        assert (again.confirmed, again.unchanged, again.created) == (0, 2, 0)
        item = BacRegistration.objects.get(learner=silent)
        assert (item.pathway, item.state, item.academy) == (Pathway.TECHNOLOGICAL, State.CONFIRMED, Academy.LILLE)
        assert BacResult.objects.get(registration=known).average == Decimal("14.60")

    def test_one_wrong_line_keeps_nothing_and_each_says_why(self):
        session = ExamSessionFactory(year=2026)
        good = BacRegistrationFactory(session=session, made=True)
        others = [BacRegistrationFactory(session=session, made=True).learner.number for _ in range(3)]
        content = self.table(
            f"{good.learner.number};2026;admis-1g;;;;;",
            "0000000000;2026;admis-1g;;;;;",
            f"{others[0]};1999;admis-1g;;;;;",
            f"{others[0]};2026;peut-être;;;;;",
            f"{others[1]};2026;admis-1g;bien;9,5;;;",
            f"{others[2]};2026;admis-1g;;douze;;;",
            f"{good.learner.number};2026;absent;;;;;",
            f"{LearnerProfileFactory().number};2026;absent;;;;;",
        )
        with pytest.raises(ImportRefused) as refusal:
            import_results(content, source="Liste fictive", acting_user=None)
        lines = {item.line: item.reason for item in refusal.value.report.refused}
        assert sorted(lines) == [3, 4, 5, 6, 7, 8, 9]
        assert "déjà à la ligne 2" in lines[8]
        assert "pas annoncée" in lines[9]
        assert not BacResult.objects.exists()


def test_dates_given_late_do_not_move_the_day_of_an_old_session():
    item = BacRegistrationFactory(session=ExamSessionFactory(year=2026), made=True)
    ExamDatesFactory(
        session=item.session,
        opens_on=timezone.localdate() - timedelta(days=300),
        closes_on=timezone.localdate() - timedelta(days=280),
        results_on=date(2026, 7, 3),
    )
    assert "3 juillet 2026" in bac_steps(item.learner.user)[0].text

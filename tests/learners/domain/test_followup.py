"""Signals with their reasons, contacts and what came of them, attestations, figures."""

import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cned_portal.common.outbox.models import Mail
from learners.domain.courses import finish_module, note_activity, open_module
from learners.domain.enrolments import abandon_enrolment
from learners.domain.followup import (
    answer_reminder,
    assign_tutor,
    attest_followup,
    record_contact,
    remind,
    settle_contact,
)
from learners.domain.queries.followup import followup_figures
from learners.domain.refusals import MoveRefused, Refusal
from learners.domain.signals import load_signal_rules, refresh_signals
from learners.enums import ActivityKind, ContactKind, ContactOutcome, LearnerPublic, SignalEnd, SignalKind
from learners.models import Activity, Contact, Enrolment, EnrolmentProgress, FollowUpAttestation, Signal, SignalRule
from tests.learners.factories import (
    ContactFactory,
    CopyFactory,
    DevoirFactory,
    EnrolmentFactory,
    GuardianshipFactory,
    ModuleFactory,
)
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def ago(days):
    return timezone.now() - timedelta(days=days)


def started(days, **fields):
    return EnrolmentFactory(active=True, started_on=timezone.localdate() - timedelta(days=days), **fields)


def rule(kind, days):
    load_signal_rules()
    SignalRule.objects.filter(kind=kind).update(days=days)


def refresh():
    return refresh_signals(acting_user=None)


def test_activity_is_noted_once_and_summed():
    enrolment, key = started(1), uuid.uuid4()
    first, second = (ModuleFactory(training=enrolment.training) for _ in range(2))
    open_module(enrolment, first, acting_user=enrolment.learner.user)
    for _ in range(2):
        finish_module(enrolment, first, minutes=45, key=key, acting_user=enrolment.learner.user)
    progress = EnrolmentProgress.objects.get(enrolment=enrolment)
    assert (progress.modules_done, progress.percent, progress.minutes) == (1, 50, 45)
    assert Activity.objects.filter(enrolment=enrolment).count() == 2
    with pytest.raises(Refusal, match="pas de cette formation"):
        open_module(enrolment, ModuleFactory(), acting_user=enrolment.learner.user)
    with pytest.raises(Refusal, match="1 440"):
        finish_module(enrolment, second, minutes=2_000, acting_user=enrolment.learner.user)


def test_activity_is_never_rewritten():
    enrolment = started(1)
    note_activity(enrolment, ActivityKind.OPENED)
    with pytest.raises(DatabaseError, match="update or delete"), transaction.atomic():
        Activity.objects.update(minutes=600)


def test_rules_are_off_until_someone_sets_a_number():
    started(200)
    load_signal_rules()
    assert refresh() == (0, 0)


@pytest.mark.parametrize(("days", "opened"), [(20, 0), (21, 1), (60, 1)])
def test_inactivity_opens_at_the_threshold_and_says_why(days, opened):
    rule(SignalKind.INACTIVITY, 21)
    started(days)
    assert refresh()[1] == opened
    for signal in Signal.objects.all():
        assert signal.fact_on == TODAY - timedelta(days=days)
        assert signal.explanation.startswith("Dernière activité le ")
        assert signal.explanation.endswith("seuil 21 jours")


def test_task_run_twice_opens_once_and_activity_closes_with_its_reason():
    rule(SignalKind.INACTIVITY, 21)
    enrolment = started(40)
    assert (refresh(), refresh()) == ((0, 1), (0, 0))
    note_activity(enrolment, ActivityKind.OPENED)
    assert (refresh(), refresh()) == ((1, 0), (0, 0))
    signal = Signal.objects.get()
    assert signal.end == SignalEnd.CAME_BACK
    assert signal.closed_at


def test_threshold_changed_later_leaves_the_old_one_on_the_signal_and_its_history():
    rule(SignalKind.INACTIVITY, 21)
    started(40)
    refresh()
    SignalRule.objects.filter(kind=SignalKind.INACTIVITY).update(days=30)
    refresh()
    assert Signal.objects.get().threshold == 21
    events = SignalRule.pgh_event_model.objects.filter(kind=SignalKind.INACTIVITY).order_by("pgh_id")
    assert [event.days for event in events] == [None, 21, 30]
    SignalRule.objects.update(days=None)
    refresh()
    assert Signal.objects.get().end == SignalEnd.RULE_CHANGED


def test_late_devoir_names_it_and_closes_when_handed_in():
    rule(SignalKind.LATE, 7)
    devoir = DevoirFactory(due_days=10)
    enrolment = started(17, training=devoir.module.training)
    started(16, training=devoir.module.training)
    refresh()
    signal = Signal.objects.get()
    assert (signal.enrolment, signal.devoir, signal.fact_on) == (enrolment, devoir, TODAY - timedelta(days=7))
    CopyFactory(devoir=devoir, enrolment=enrolment)
    refresh()
    signal.refresh_from_db()
    assert signal.end == SignalEnd.HANDED_IN


def test_late_signal_closes_when_the_date_moves():
    rule(SignalKind.LATE, 7)
    devoir = DevoirFactory(due_days=10)
    started(30, training=devoir.module.training)
    refresh()
    devoir.due_days = 60
    devoir.save()
    refresh()
    assert Signal.objects.get().end == SignalEnd.POSTPONED


def test_reminder_without_answer_becomes_silence_then_an_answer_closes_it():
    rule(SignalKind.SILENCE, 14)
    reminder = ContactFactory(enrolment=started(60), at=ago(14))
    recent = ContactFactory(enrolment=started(60), at=ago(13))
    refresh()
    reminder.refresh_from_db()
    recent.refresh_from_db()
    assert (reminder.outcome, recent.outcome) == (ContactOutcome.SILENCE, ContactOutcome.WAITING)
    signal = Signal.objects.get()
    assert (signal.contact, signal.kind) == (reminder, SignalKind.SILENCE)
    settle_contact(reminder, outcome=ContactOutcome.ANSWERED, acting_user=UserFactory())
    refresh()
    signal.refresh_from_db()
    assert signal.end == SignalEnd.ANSWERED
    assert refresh() == (0, 0)


def test_learner_who_comes_back_after_a_reminder_is_its_outcome():
    reminder = ContactFactory(enrolment=started(60), at=ago(3))
    note_activity(reminder.enrolment, ActivityKind.OPENED)
    refresh()
    reminder.refresh_from_db()
    assert reminder.outcome == ContactOutcome.CAME_BACK


def test_abandonment_closes_the_signals():
    rule(SignalKind.INACTIVITY, 21)
    enrolment = started(40)
    refresh()
    abandon_enrolment(enrolment, reason="time", acting_user=UserFactory())
    refresh()
    assert Signal.objects.get().end == SignalEnd.ENROLMENT_OVER


def test_signals_cost_the_same_number_of_queries_for_one_and_for_three():
    for kind in SignalKind:
        rule(kind, 7)
    counts = []
    for number in (1, 3):
        for _ in range(number):
            started(40)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            refresh()
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_reminder_goes_to_the_learner_and_who_signs_for_a_minor_once_a_day():
    enrolment = started(40, learner__public=LearnerPublic.PUPIL)
    guardianship = GuardianshipFactory(learner=enrolment.learner, accepted=True)
    tutor, key = UserFactory(), uuid.uuid4()
    for _ in range(2):
        remind(enrolment, client_key=key, acting_user=tutor)
    told = set(Mail.objects.filter(key__startswith="learners.followup_reminder").values_list("to", flat=True))
    assert told == {enrolment.learner.user.email, guardianship.guardian.email}
    with pytest.raises(Refusal, match="déjà partie"):
        remind(enrolment, client_key=uuid.uuid4(), acting_user=tutor)
    assert Contact.objects.count() == 1


def test_answer_to_a_reminder_is_kept_once():
    reminder = ContactFactory(enrolment=started(40))
    user = reminder.enrolment.learner.user
    answer_reminder(reminder, text="Je reprends lundi.", acting_user=user)
    with pytest.raises(MoveRefused):
        answer_reminder(reminder, text="Autre chose.", acting_user=user)
    reminder.refresh_from_db()
    assert (reminder.answer, reminder.outcome) == ("Je reprends lundi.", ContactOutcome.ANSWERED)


def test_tutor_sees_the_enrolments_given_to_them_until_another_has_them(staff):
    from cned_portal.users.enums import Role

    first, second = staff(Role.TUTOR), staff(Role.TUTOR)
    mine, other = started(5), started(5)
    assign_tutor(mine, first, acting_user=None)
    assert list(Enrolment.objects.visible_to(first)) == [mine]
    assign_tutor(mine, second, acting_user=None)
    assert list(Enrolment.objects.visible_to(first)) == []
    assert list(Enrolment.objects.visible_to(second)) == [mine]
    assert other.tutoring.count() == 0


def test_attestation_freezes_what_was_checked_and_is_made_once():
    tutor, enrolment = UserFactory(), started(40)
    started(0)
    record_contact(enrolment, kind=ContactKind.CALL, client_key=uuid.uuid4(), at=ago(5), acting_user=tutor)
    period = {"starts_on": TODAY - timedelta(days=30), "ends_on": TODAY - timedelta(days=1), "comment": "Vérifié."}
    attestation = attest_followup(Enrolment.objects.all(), **period, acting_user=tutor)
    line = attestation.lines.get()
    assert (line.enrolment, line.contacts, line.last_activity_on) == (enrolment, 1, None)
    assert (attestation.figures["followed"], attestation.figures["contacts"]) == (1, 1)
    with pytest.raises(Refusal, match="déjà attesté"):
        attest_followup(Enrolment.objects.all(), **period, acting_user=tutor)
    with pytest.raises(DatabaseError, match="update or delete"), transaction.atomic():
        FollowUpAttestation.objects.update(comment="Autre.")


@pytest.mark.parametrize(
    ("first", "last", "said"), [(-10, 1, "passée"), (-1, -2, "finit après"), (-900, -800, "Aucune inscription")]
)
def test_attestation_of_an_impossible_period_is_refused_and_leaves_nothing(first, last, said):
    started(40)
    period = {"starts_on": TODAY + timedelta(days=first), "ends_on": TODAY + timedelta(days=last)}
    with pytest.raises(Refusal, match=said):
        attest_followup(Enrolment.objects.all(), **period, comment="x", acting_user=UserFactory())
    assert not FollowUpAttestation.objects.exists()


def test_figures_of_a_period_count_what_happened_in_it():
    rule(SignalKind.INACTIVITY, 21)
    enrolment = started(40)
    gone = started(50, training=enrolment.training)
    refresh()
    ContactFactory(enrolment=enrolment, at=ago(2), outcome=ContactOutcome.ANSWERED, outcome_at=ago(1))
    ContactFactory(enrolment=enrolment, at=ago(90))
    abandon_enrolment(gone, reason="time", acting_user=UserFactory())
    note_activity(enrolment, ActivityKind.OPENED)
    refresh()
    started(40)
    figures = followup_figures(Enrolment.objects.all(), TODAY - timedelta(days=10), TODAY, training=enrolment.training)
    assert (figures.followed, figures.active, figures.reminders, figures.contacts) == (2, 1, 1, 0)
    assert figures.signals == {"inactivity": 2, "late": 0, "silence": 0}
    assert (figures.ended["came_back"], figures.ended["enrolment_over"]) == (1, 1)
    assert figures.outcomes["answered"] == 1
    assert figures.abandoned["time"] == sum(figures.abandoned.values()) == 1

from datetime import timedelta

import pytest
from django.utils import timezone

from cned_portal.common.outbox.models import Mail
from learners.domain import enrolments as verbs
from learners.domain.people import Identity, register_learner
from learners.domain.refusals import AlreadyEnrolled, MoveRefused, Refusal
from learners.enums import ENROLMENT_MOVES, AbandonReason, LearnerPublic
from learners.enums import EnrolmentState as State
from learners.models import Enrolment, LearnerProfile
from tests.learners.factories import EnrolmentFactory, open_training
from tests.learners.test_models import FIELDS
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db

ACTS = {
    State.CONFIRMED: verbs.confirm_enrolment,
    State.ACTIVE: verbs.start_enrolment,
    State.FINISHED: verbs.finish_enrolment,
    State.ABANDONED: lambda row, **kwargs: verbs.abandon_enrolment(row, reason=AbandonReason.TIME, **kwargs),
    State.CANCELLED: verbs.cancel_enrolment,
}


def test_enrol_opens_the_file_and_acknowledges(learner):
    training, session = open_training()
    identity = Identity(public=LearnerPublic.STUDENT, city="Poitiers")

    enrolment = verbs.enrol(user=learner, training=training, session=session, identity=identity, acting_user=learner)

    profile = LearnerProfile.objects.get(user=learner)
    assert (enrolment.state, enrolment.learner, profile.public, profile.city) == (
        *(State.REQUESTED, profile, LearnerPublic.STUDENT, "Poitiers"),
    )
    mail = Mail.objects.get()
    assert mail.to == learner.email
    assert training.title in mail.text
    assert learner.last_name not in mail.subject
    event = enrolment.pgh_event_model.objects.get(pgh_obj_id=enrolment.pk)
    assert event.pgh_context["verb"] == "learners.enrol"
    assert event.pgh_context["user"] == learner.pk


def test_enrol_twice_finds_the_first(learner):
    training, session = open_training()
    first = verbs.enrol(user=learner, training=training, session=session, acting_user=learner)

    with pytest.raises(AlreadyEnrolled) as refusal:
        verbs.enrol(user=learner, training=training, session=session, acting_user=learner)

    assert refusal.value.enrolment == first
    assert Mail.objects.count() == 1


def test_enrol_again_after_the_end(learner):
    training, session = open_training()
    first = verbs.enrol(user=learner, training=training, session=session, acting_user=learner)
    verbs.cancel_enrolment(first, acting_user=learner)

    verbs.enrol(user=learner, training=training, session=session, acting_user=learner)

    assert Enrolment.objects.count() == 2


@pytest.mark.parametrize("case", ["closed", "other training", "closing", "draft"])
def test_enrol_refuses_a_session_that_is_not_open(learner, case):
    training, session = open_training()
    if case == "closed":
        session.enrolment_closes_on = timezone.localdate() - timedelta(days=1)
        session.save()
    elif case == "other training":
        _, session = open_training()
    elif case == "closing":
        training.state, training.closing_on = "closing", timezone.localdate()
    else:
        training.state = "draft"

    with pytest.raises(Refusal, match="closes"):
        verbs.enrol(user=learner, training=training, session=session, acting_user=learner)
    assert not LearnerProfile.objects.exists()
    assert not Mail.objects.exists()


@pytest.mark.parametrize("old", State)
@pytest.mark.parametrize("new", ACTS)
def test_verb_only_does_the_allowed_moves(old, new):
    enrolment = EnrolmentFactory(state=old, **FIELDS[old])
    if new in ENROLMENT_MOVES[old]:
        assert ACTS[new](enrolment, acting_user=None).state == new
    else:
        with pytest.raises(MoveRefused):
            ACTS[new](enrolment, acting_user=None)
        enrolment.refresh_from_db()
        assert enrolment.state == old


def test_confirm_tells_the_learner_once():
    enrolment = EnrolmentFactory()
    verbs.confirm_enrolment(enrolment, acting_user=None)
    with pytest.raises(MoveRefused):
        verbs.confirm_enrolment(enrolment, acting_user=None)

    assert Mail.objects.get().to == enrolment.learner.user.email


@pytest.mark.parametrize(
    ("days", "reason"), [(-10, AbandonReason.TIME), (1, AbandonReason.TIME), (0, ""), (0, "paresse")]
)
def test_abandon_has_a_possible_date_and_a_reason(days, reason):
    enrolment = EnrolmentFactory(active=True)
    with pytest.raises(Refusal):
        verbs.abandon_enrolment(
            enrolment, reason=reason, on=timezone.localdate() + timedelta(days=days), acting_user=None
        )
    verbs.abandon_enrolment(enrolment, reason=AbandonReason.TIME, acting_user=None)


def test_finish_does_not_come_before_the_start():
    enrolment = EnrolmentFactory(active=True)
    with pytest.raises(Refusal):
        verbs.finish_enrolment(enrolment, on=timezone.localdate() - timedelta(days=1), acting_user=None)


def test_register_learner_completes_the_account_and_keeps_its_names():
    user = UserFactory(first_name="", last_name="Exemple")
    first = register_learner(user, identity=Identity(first_name="Lou", last_name="Autre"), acting_user=user)
    again = register_learner(user, identity=Identity(city="Rennes"), acting_user=user)

    user.refresh_from_db()
    assert (user.first_name, user.last_name) == ("Lou", "Exemple")
    assert (again.pk, again.number, again.city) == (first.pk, first.number, "Rennes")

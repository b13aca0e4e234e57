from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from cned_portal.common.outbox.models import Mail
from learners.domain.guardian_rules import RULES, Subject, sees
from learners.domain.guardians import accept_guardianship, end_at_majority, resend_invitation
from learners.domain.refusals import Refusal
from learners.enums import EndReason, LearnerPublic, Relationship
from learners.models import Enrolment, Guardianship
from tests.learners.domain.test_guardians import invited, parent, pupil  # noqa: F401  fixtures
from tests.learners.factories import EnrolmentFactory, GuardianshipFactory, LearnerProfileFactory

pytestmark = pytest.mark.django_db


def bond(years, relationship=Relationship.PARENT):
    born = timezone.localdate() - timedelta(days=int(years * 365.25) + 2)
    learner = LearnerProfileFactory(public=LearnerPublic.PUPIL, date_of_birth=born)
    return GuardianshipFactory(learner=learner, accepted=True, relationship=relationship)


@pytest.mark.parametrize("relationship", Relationship.values)
@pytest.mark.parametrize("years", [10, 14, 15, 17])
@pytest.mark.parametrize("subject", [Subject.REQUESTS, Subject.VIOLENCE, Subject.RIGHTS])
def test_what_a_minor_confides_is_shown_to_no_guardian(subject, years, relationship):
    assert not sees(bond(years, relationship), subject)


def test_profile_is_the_minor_s_own_from_15():
    assert sees(bond(14), Subject.PROFILE)
    assert not sees(bond(15), Subject.PROFILE)
    assert sees(bond(15), Subject.DOCUMENTS)
    assert not sees(bond(14, Relationship.OTHER), Subject.DOCUMENTS)


def test_documentation_shows_the_same_table():
    text = (Path(settings.BASE_DIR) / "docs/donnees-personnelles.md").read_text()
    said = {True: "oui", False: "non"}
    for subject, rule in RULES.items():
        assert f"| {subject} | {said[rule.under_15]} | {said[rule.from_15]} | {said[rule.other_adult]} |" in text


def test_guardian_follows_no_more_on_the_18th_birthday_and_both_are_told_once():
    child = bond(17)
    enrolment = EnrolmentFactory(learner=child.learner, active=True)
    assert list(Enrolment.objects.followed_by(child.guardian)) == [enrolment]
    today = timezone.localdate()
    child.learner.date_of_birth = today.replace(year=today.year - 18)
    child.learner.save()
    assert not Enrolment.objects.followed_by(child.guardian).exists()  # before the nightly task

    assert end_at_majority() == 1
    assert end_at_majority() == 0
    child.refresh_from_db()
    assert child.end_reason == EndReason.MAJORITY
    told = Mail.objects.filter(key__startswith="learners.majority").values_list("to", flat=True)
    assert sorted(told) == sorted([child.guardian.email, child.learner.user.email])


def test_invitation_sent_again_makes_the_former_link_worthless(pupil, parent):  # noqa: F811
    old = invited(pupil)
    with pytest.raises(Refusal, match="une heure"):
        resend_invitation(Guardianship.objects.get(), acting_user=pupil.user)
    resend_invitation(Guardianship.objects.get(), acting_user=pupil.user, at=timezone.now() + timedelta(hours=2))
    with pytest.raises(Refusal, match="pas valable"):
        accept_guardianship(old, acting_user=parent)

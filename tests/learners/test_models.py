from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from cned_portal.users.enums import Role
from learners.enums import ENROLMENT_MOVES, AbandonReason
from learners.enums import EnrolmentState as State
from learners.models import Document, Enrolment, LearnerProfile, Organisation
from tests.catalogue.factories import TrainingSessionFactory, UnitMembershipFactory
from tests.learners.factories import (
    DocumentFactory,
    EnrolmentFactory,
    LearnerProfileFactory,
    OrganisationFactory,
    open_training,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": State.CONFIRMED},
        {"state": State.ACTIVE, "confirmed_at": timezone.now()},
        {"state": State.FINISHED, "confirmed_at": timezone.now(), "started_on": date(2026, 1, 1)},
        {"state": State.ABANDONED, "confirmed_at": timezone.now(), "abandoned_on": date(2026, 1, 1)},
        {"state": State.ABANDONED, "confirmed_at": timezone.now(), "abandon_reason": AbandonReason.TIME},
        {"state": State.CANCELLED},
        {"confirmed_at": timezone.now()},
        {"started_on": date(2026, 1, 1)},
        {"abandon_reason": AbandonReason.TIME},
        {"state": State.CONFIRMED, "confirmed_at": timezone.now() - timedelta(days=400)},
    ],
)
def test_enrolment_state_and_dates_go_together(wrong):
    assert EnrolmentFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        EnrolmentFactory(**wrong)


FIELDS = {
    State.REQUESTED: {},
    State.CONFIRMED: {"confirmed_at": timezone.now() + timedelta(days=1)},
    State.ACTIVE: {"confirmed_at": timezone.now() + timedelta(days=1), "started_on": date(2026, 1, 1)},
    State.FINISHED: {
        "confirmed_at": timezone.now() + timedelta(days=1),
        "started_on": date(2026, 1, 1),
        "finished_on": date(2026, 2, 1),
    },
    State.ABANDONED: {
        "confirmed_at": timezone.now() + timedelta(days=1),
        "abandoned_on": date(2026, 2, 1),
        "abandon_reason": AbandonReason.TIME,
    },
    State.CANCELLED: {"cancelled_at": timezone.now()},
}
EMPTY = {
    **dict.fromkeys(("confirmed_at", "started_on", "finished_on", "abandoned_on", "cancelled_at")),
    "abandon_reason": "",
}


@pytest.mark.parametrize("old", State)
@pytest.mark.parametrize("new", State)
def test_database_only_allows_the_moves(old, new):
    enrolment = EnrolmentFactory(state=old, **FIELDS[old])
    move = {**EMPTY, **FIELDS[new], "state": new}
    if new in ENROLMENT_MOVES[old] or new == old:
        Enrolment.objects.filter(pk=enrolment.pk).update(**move)
    else:
        with pytest.raises(DatabaseError, match="Invalid transition"), transaction.atomic():
            Enrolment.objects.filter(pk=enrolment.pk).update(**move)


def test_learner_has_one_live_enrolment_in_a_training():
    first = EnrolmentFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        EnrolmentFactory(learner=first.learner, training=first.training)

    Enrolment.objects.filter(pk=first.pk).update(state=State.CANCELLED, cancelled_at=timezone.now())
    EnrolmentFactory(learner=first.learner, training=first.training)


def test_session_is_one_of_the_training():
    training, session = open_training()
    EnrolmentFactory(training=training, session=session)
    with pytest.raises(IntegrityError), transaction.atomic():
        EnrolmentFactory(training=training, session=TrainingSessionFactory())


def test_learner_number_and_birth_are_checked():
    with pytest.raises(IntegrityError), transaction.atomic():
        LearnerProfileFactory(number="12")
    with pytest.raises(IntegrityError), transaction.atomic():
        LearnerProfileFactory(date_of_birth=date(1899, 12, 31))
    with pytest.raises(ValidationError):
        LearnerProfileFactory(date_of_birth=timezone.localdate() + timedelta(days=1)).full_clean()


def test_organisation_identifiers_are_compact_unique_and_checked():
    organisation = OrganisationFactory(siret="000 000 018 000 10", uai="9990003z")
    organisation.refresh_from_db()
    assert (organisation.siret, organisation.uai, organisation.rna) == ("00000001800010", "9990003Z", "")
    organisation.full_clean()
    OrganisationFactory()
    OrganisationFactory()  # several without identifiers
    for wrong in ({"siret": "00000001800010"}, {"uai": "9990003Z"}, {"siret": "123"}, {"rna": "123"}, {"name": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            OrganisationFactory(**wrong)
    with pytest.raises(ValidationError) as refusal:
        Organisation(kind="company", name="Exemple", siret="00000001800011").full_clean()
    assert "siret" in refusal.value.message_dict


def test_issued_document_is_whole():
    document = DocumentFactory(issued=True)
    for wrong in ({"sha256": ""}, {"file": ""}, {"issued_at": None}, {"revoked_at": timezone.now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Document.objects.filter(pk=document.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        DocumentFactory(issued_at=timezone.now())


def test_one_document_of_a_kind_is_in_preparation():
    first = DocumentFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        DocumentFactory(enrolment=first.enrolment)
    DocumentFactory(enrolment=first.enrolment, issued=True)


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        (Role.CRC_AGENT, {"mine", "organisation", "other"}),
        (Role.UNIT_LEAD, {"mine"}),
        (Role.ESTABLISHMENT_DESK, {"organisation"}),
        (Role.QUALITY_MANAGER, set()),
        (Role.ADMINISTRATOR, set()),
        (None, set()),
    ],
)
def test_staff_see_the_learners_of_their_part(staff, stranger, role, seen):
    rows = {
        "mine": EnrolmentFactory(),
        "organisation": EnrolmentFactory(organisation=OrganisationFactory()),
        "other": EnrolmentFactory(),
    }
    user = staff(role) if role else stranger
    UnitMembershipFactory(user=user, unit=rows["mine"].training.unit)

    visible = set(Enrolment.objects.visible_to(user))
    assert visible == {rows[name] for name in seen}
    assert set(LearnerProfile.objects.visible_to(user)) == {enrolment.learner for enrolment in visible}
    user.is_active = False
    assert not Enrolment.objects.visible_to(user).exists()

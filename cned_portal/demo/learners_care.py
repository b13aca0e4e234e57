"""A fictitious family, two files of one person, requests on data: what the pages of profiles and rights show."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.utils import timezone

from cned_portal.demo.people import LEARNER, STAFF
from cned_portal.users.enums import Role
from cned_portal.users.models import User
from learners.domain.duplicates import find_duplicates
from learners.domain.guardians import invite_guardian
from learners.domain.people import register_learner
from learners.domain.privacy.access_log import note_access
from learners.domain.privacy.exports import make_export, request_export
from learners.domain.privacy.requests import ask_right
from learners.domain.privacy.rules import load_learner_retention_rules
from learners.domain.profile import move_in, record_consent, update_profile
from learners.enums import (
    AccommodationKind,
    AddressKind,
    ConsentPurpose,
    FileKind,
    LearnerPublic,
    RightKind,
    Situation,
)
from learners.models import Enrolment, Guardianship, LearnerProfile

MINOR = ("noa.exemple@exemple.example", "Noa", "Exemple")
TWIN = "camille.exemple.bis@exemple.example"


def load():
    """Add what is missing; what is there already is left as it is."""
    load_learner_retention_rules()
    if User.objects.filter(email=MINOR[0]).exists():
        return
    camille = User.objects.get(email=LEARNER[0])
    learner = LearnerProfile.objects.get(user=camille)
    _profile(learner)
    _family(camille, learner)
    _twin(learner)
    _rights(learner)


def _profile(learner):
    user = learner.user
    update_profile(
        learner,
        public=LearnerPublic.ADULT,
        situation=Situation.JOB_SEEKER,
        phone="+33600000001",
        accommodations=[AccommodationKind.LARGE_PRINT],
        acting_user=user,
    )
    move_in(
        learner,
        kind=AddressKind.DELIVERY,
        street="Point relais fictif",
        postal_code="86000",
        city="Poitiers",
        country="France",
        acting_user=user,
    )
    record_consent(learner, purpose=ConsentPurpose.NEWS, given=True, acting_user=user)


def _family(camille, learner):
    """A child of thirteen whom Camille follows, and an invitation that waits."""
    child = User.objects.create_user(MINOR[0], None, first_name=MINOR[1], last_name=MINOR[2])
    EmailAddress.objects.create(user=child, email=child.email, verified=True, primary=True)
    profile = register_learner(child, acting_user=None)
    profile.public = LearnerPublic.PUPIL
    profile.date_of_birth = timezone.localdate() - timedelta(days=13 * 365 + 100)
    profile.save(update_fields=["public", "date_of_birth"])
    example = learner.enrolments.filter(state="active").first()
    if example is not None:
        Enrolment.objects.create(
            learner=profile,
            training=example.training,
            session=example.session,
            state="active",
            requested_at=example.requested_at,
            confirmed_at=example.confirmed_at,
            started_on=example.started_on,
        )
    bond = invite_guardian(profile, email=camille.email, acting_user=child)
    Guardianship.objects.filter(pk=bond.pk).update(guardian=camille, accepted_at=timezone.now())
    invite_guardian(profile, email="autre.parent@exemple.example", acting_user=child)


def _twin(learner):
    """A second account with the same name and birth date."""
    twin = User.objects.create_user(TWIN, None, first_name="Camille", last_name="Exemple")
    profile = register_learner(twin, acting_user=None)
    profile.date_of_birth = learner.date_of_birth
    profile.save(update_fields=["date_of_birth"])
    find_duplicates(acting_user=None)


def _rights(learner):
    ask_right(learner, kind=RightKind.FIRST_NAME, wanted="Camille-Exemple", acting_user=learner.user)
    make_export(request_export(acting_user=learner.user).pk)
    agent = User.objects.filter(email=STAFF[Role.CRC_AGENT][0]).first()
    if agent is not None:
        note_access(agent, learner.pk, FileKind.PROFILE, page="admin:learners_learnerprofile_change")

"""Lists of who looks after personal data: they cost the same whatever they hold."""

import pytest
from django.urls import reverse

from cned_portal.users.enums import Role
from learners.domain.privacy.access_log import note_access
from learners.domain.privacy.requests import ask_right
from learners.enums import DuplicateRule, FileKind, RightKind
from learners.models import DuplicateCandidate
from tests.learners.factories import LearnerProfileFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, staff):
    """Sign in with a role, and give the page of a list once it was shown: a process reads a few things once."""

    def show(role, name):
        client.force_login(staff(role))
        page = client.get(reverse(name))
        assert page.status_code == 200
        return page.content.decode()

    return show


@pytest.mark.parametrize("rows", [1, 3])
def test_duplicates_read_a_fixed_number_of_rows(desk, client, rows, django_assert_num_queries):
    for _ in range(rows):
        first, second = LearnerProfileFactory(), LearnerProfileFactory()
        DuplicateCandidate.objects.create(first=first, second=second, rule=DuplicateRule.PHONE)
    assert desk(Role.CRC_SUPERVISOR, "admin:learners_duplicates").count("Même téléphone") == rows
    with django_assert_num_queries(4):
        client.get(reverse("admin:learners_duplicates"))


@pytest.mark.parametrize("rows", [1, 3])
def test_requests_on_data_read_a_fixed_number_of_rows(desk, client, rows, django_assert_num_queries):
    for _ in range(rows):
        learner = LearnerProfileFactory()
        ask_right(learner, kind=RightKind.FIRST_NAME, wanted="Alix", acting_user=learner.user)
    assert desk(Role.ADMINISTRATOR, "admin:learners_rights").count("Corriger mon prénom") == rows
    with django_assert_num_queries(4):
        client.get(reverse("admin:learners_rights"))


@pytest.mark.parametrize("rows", [1, 3])
def test_openings_of_files_read_a_fixed_number_of_rows(desk, client, agent, rows, django_assert_num_queries):
    opened = [LearnerProfileFactory() for _ in range(rows)]
    for learner in opened:
        note_access(agent, learner.pk, FileKind.PROFILE, page="admin:learners_learnerprofile_change")
    shown = desk(Role.ADMINISTRATOR, "admin:learners_accesses")
    assert all(learner.number in shown.replace(" ", "").replace("\u00a0", "") for learner in opened)
    with django_assert_num_queries(4):
        client.get(reverse("admin:learners_accesses"))

"""Fixtures of the whole suite. The same set-up serves the success and the refusal: `stranger` may nothing."""

import os

import pytest
from django.core.management import call_command

from cned_portal.users.enums import Role
from tests.users.factories import UserFactory

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs in the thread of the test


@pytest.fixture(autouse=True)
def _media_of_its_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def _empty_cache(request):
    fixtures = {"db", "transactional_db"} & set(request.fixturenames)
    if fixtures or request.node.get_closest_marker("django_db"):
        from django.core.cache import cache

        cache.clear()


@pytest.fixture
def roles(db):
    """The groups and their permissions, as in production."""
    call_command("sync_roles", verbosity=0)


@pytest.fixture
def staff(roles):
    """Make a member of staff with a role: `staff(Role.CRC_AGENT)`."""

    def make(role, **fields):
        return UserFactory(role=role, **fields)

    return make


@pytest.fixture
def agent(staff):
    return staff(Role.CRC_AGENT)


@pytest.fixture
def quality_manager(staff):
    return staff(Role.QUALITY_MANAGER)


@pytest.fixture
def learner(db):
    """A person with an account and no role."""
    return UserFactory()


@pytest.fixture
def stranger(db):
    """Another person with an account and no role: the one who must be refused."""
    return UserFactory()

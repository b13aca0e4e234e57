"""Fixtures of the whole suite. The same set-up serves the success and the refusal: `stranger` may nothing."""

import os

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import override_settings

from cned_portal.users.enums import Role
from tests.common.outbox.sink import SinkController
from tests.users.factories import UserFactory

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs in the thread of the test


@pytest.fixture(autouse=True)
def _media_of_its_own(request, settings, tmp_path):
    if "world" not in request.fixturenames:  # the demonstration has its files with it
        settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def _empty_cache(request):
    fixtures = {"db", "transactional_db"} & set(request.fixturenames)
    if fixtures or request.node.get_closest_marker("django_db"):
        from django.core.cache import caches

        for alias in caches:
            caches[alias].clear()


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


@pytest.fixture
def vapid(settings):
    """The portal has a key to sign notifications with."""
    settings.VAPID_PRIVATE_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAc"
    settings.VAPID_CONTACT = "contact@cned.example"


@pytest.fixture
def sink(settings):
    """A real SMTP server, and the outbox set to deliver to it."""
    controller = SinkController()
    controller.start()
    settings.OUTBOX_DELIVERY_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", controller.port, 5
    yield controller.sink
    controller.stop()


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demonstration and its visitors, in a transaction that is rolled back when the module ends.

    Tests that use it are marked `django_db`: the mark makes pytest-django prepare the test database.
    """
    from tests.site_pages import World

    sessions = "django.contrib.sessions.backends.db"  # a test that empties the cache signs nobody out
    media = tmp_path_factory.mktemp("media")
    with (
        django_db_blocker.unblock(),
        override_settings(MEDIA_ROOT=media, SESSION_ENGINE=sessions, STAFF_MFA_REQUIRED=False),
        transaction.atomic(),
    ):
        assert connection.settings_dict["NAME"].startswith("test_")
        call_command("load_demo", verbosity=0)
        yield World()
        transaction.set_rollback(True)

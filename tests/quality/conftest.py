"""People, a service, and an improvement action that is done."""

import pytest

from catalogue.models import UnitMembership
from cned_portal.users.enums import Role
from tests.crc.factories import ServiceFactory, make_unit
from tests.quality.factories import (
    carry_out,
    days_ago,
    decide,
    make_complaint,
    make_improvement,
)


@pytest.fixture
def supervisor(staff):
    return staff(Role.CRC_SUPERVISOR)


@pytest.fixture
def unit():
    return make_unit()


@pytest.fixture
def service(unit):
    return ServiceFactory(unit=unit)


@pytest.fixture
def lead(staff, unit):
    lead = staff(Role.UNIT_LEAD)
    UnitMembership.objects.create(user=lead, unit=unit)
    return lead


@pytest.fixture
def complaints(service):
    """Three of one cause before a decision taken 100 days ago."""
    return [make_complaint(service=service, opened_at=days_ago(days)) for days in (150, 130, 110)]


@pytest.fixture
def done(complaints, quality_manager, supervisor):
    """An action of the supervisor, decided 100 days ago and done the same day."""
    action = make_improvement(*complaints, by=quality_manager, days=101)
    decide(action, owner=supervisor, by=quality_manager, days=100)
    return carry_out(action, by=supervisor, days=100)

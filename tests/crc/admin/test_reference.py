import pytest

from cned_portal.users.enums import Role
from crc.models import OpeningInterval, Topic
from tests.crc.factories import RoutingRuleFactory, ServiceCalendarFactory, ServiceFactory, TopicFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _second_factor_aside(settings):
    settings.STAFF_MFA_REQUIRED = False


@pytest.mark.parametrize("model", ["service", "topic", "routingrule", "servicecalendar"])
def test_supervisor_edits_agents_do_not(client, staff, model):
    RoutingRuleFactory()
    TopicFactory()
    url = f"/gestion/crc/{model}/"
    client.force_login(staff(Role.CRC_SUPERVISOR))
    assert client.get(url).status_code == 200
    assert client.get(f"{url}add/").status_code == 200
    client.force_login(staff(Role.CRC_AGENT))
    assert client.get(url).status_code == 403


def _hours(*rows):
    data = {"name": "Standard", "timezone": "Europe/Paris"}
    for prefix in ("opening_intervals", "special_openings", "closed_days"):
        data |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    data["opening_intervals-TOTAL_FORMS"] = str(len(rows))
    for number, (weekday, start, end) in enumerate(rows):
        data |= {
            f"opening_intervals-{number}-{name}": value
            for name, value in {
                "weekday": weekday,
                "start": start,
                "end": end,
                "valid_from": "",
                "valid_to": "",
            }.items()
        }
    return data


def test_calendar_edit_bumps_its_version(client, staff):
    calendar = ServiceCalendarFactory(hours=[])
    client.force_login(staff(Role.CRC_SUPERVISOR))
    url = f"/gestion/crc/servicecalendar/{calendar.pk}/change/"
    response = client.post(url, _hours((0, "08:30", "12:00"), (0, "13:00", "18:00")))
    assert response.status_code == 302
    calendar.refresh_from_db()
    assert calendar.version == 3


@pytest.mark.parametrize("row", [(0, "11:00", "14:00"), (0, "08:30", "12:00")])
def test_hours_typed_together_may_not_overlap(client, staff, row):
    calendar = ServiceCalendarFactory(hours=[])
    client.force_login(staff(Role.CRC_SUPERVISOR))
    url = f"/gestion/crc/servicecalendar/{calendar.pk}/change/"
    assert client.post(url, _hours((0, "08:30", "12:00"), row)).status_code == 200
    assert not OpeningInterval.objects.exists()


def test_topic_form_takes_several_publics(client, staff):
    client.force_login(staff(Role.CRC_SUPERVISOR))
    typed = {
        "code": "essai",
        "label": "Un essai",
        "publics": ["adulte", "eleve"],
        "kind": "information",
        "silence_effect": "acceptance",
        "first_answer_minutes": "60",
        "resolution_minutes": "120",
        "position": "1",
        "is_active": "on",
    }
    assert client.post("/gestion/crc/topic/add/", typed).status_code == 302
    assert Topic.objects.get().publics == ["adulte", "eleve"]
    refused = client.post("/gestion/crc/topic/add/", {**typed, "code": "b", "resolution_minutes": "10"})
    assert "au plus tôt" in refused.content.decode()


def test_second_default_service_is_refused_in_french(client, staff):
    ServiceFactory(fallback=True)
    other = ServiceFactory()
    client.force_login(staff(Role.CRC_SUPERVISOR))
    typed = {
        "code": other.code,
        "name": other.name,
        "email": other.email,
        "postal_address": other.postal_address,
        "phone": other.phone,
        "calendar": other.calendar_id,
        "is_fallback": "on",
        "is_active": "on",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    }
    response = client.post(f"/gestion/crc/service/{other.pk}/change/", typed)
    assert "déjà le service par défaut" in response.content.decode()

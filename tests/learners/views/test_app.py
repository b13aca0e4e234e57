import json
import re

import pytest
from django.urls import reverse

from learners.enums import NotificationChannel, NotificationTopic
from learners.models import NotificationChoice, PushDevice, QuietHours
from tests.html_checks import html_problems
from tests.learners.factories import PushDeviceFactory

pytestmark = pytest.mark.django_db
NOTIFICATIONS = "/mon-espace/notifications/"


def test_manifest_makes_the_portal_installable(client):
    response = client.get("/manifest.webmanifest")
    told = json.loads(response.content)
    assert response["Content-Type"] == "application/manifest+json"
    assert told["start_url"] == reverse("learners:space")
    assert told["display"] == "standalone"
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in told["icons"]}
    assert 'rel="manifest"' in client.get("/").content.decode()


def test_service_worker_is_renewed_and_sees_the_whole_site(client):
    response = client.get("/service-worker.js")
    assert response["Content-Type"].startswith("text/javascript")
    assert "no-cache" in response["Cache-Control"]
    told = json.loads(re.search(r"const CNED = (.*);", response.content.decode()).group(1))
    assert reverse("learners:space") in told["pages"]
    assert reverse("learners:offline") in told["shell"]


def test_token_is_that_of_the_person(client, learner, stranger):
    client.force_login(learner)
    mine = client.get(reverse("learners:token")).json()
    assert mine["csrf"]
    client.force_login(stranger)
    other = client.get(reverse("learners:token"))
    assert other.json()["compte"] != mine["compte"]
    assert "no-store" in other["Cache-Control"]


def test_choices_are_kept_and_shown(client, learner):
    client.force_login(learner)
    assert not html_problems(client.get(NOTIFICATIONS).content.decode())
    chosen = dict.fromkeys(NotificationTopic.values, NotificationChannel.MAIL)
    chosen["homework"] = NotificationChannel.NONE
    data = {**chosen, "quiet_from": "21h30", "quiet_until": "7 h", "time_zone": "Indian/Reunion"}
    assert client.post(NOTIFICATIONS, data).status_code == 302
    assert NotificationChoice.objects.get(user=learner, topic="homework").channel == NotificationChannel.NONE
    hours = QuietHours.objects.get(user=learner)
    assert (hours.starts_at.hour, hours.starts_at.minute, hours.ends_at.hour) == (21, 30, 7)
    page = client.get(NOTIFICATIONS).content.decode()
    assert 'value="21:30"' in page


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"quiet_from": "21:00"}, "le début et la fin"),
        ({"quiet_from": "21:00", "quiet_until": "21:00"}, "diffèrent"),
        ({"quiet_from": "25:00", "quiet_until": "7:00"}, "Écrivez une heure"),
        ({"homework": "pigeon"}, "Choisissez un moyen"),
        ({"time_zone": "Mars/Olympus"}, "Sélectionnez"),
    ],
)
def test_wrong_choice_is_said_beside_its_field(client, learner, fields, error):
    client.force_login(learner)
    good = dict.fromkeys(NotificationTopic.values, "mail") | {"time_zone": "Europe/Paris"}
    page = client.post(NOTIFICATIONS, good | fields).content.decode()
    assert error in page
    assert not html_problems(page)
    assert not NotificationChoice.objects.exists()


def test_devices_are_ones_own(client, learner, stranger, vapid):
    mine, theirs = PushDeviceFactory(user=learner), PushDeviceFactory(user=stranger)
    client.force_login(learner)
    page = client.get(reverse("learners:application")).content.decode()
    assert mine.label in page
    assert not html_problems(page)
    assert client.post(reverse("learners:device_remove", args=[theirs.pk])).status_code == 404
    assert client.post(reverse("learners:device_remove", args=[mine.pk])).status_code == 302
    assert list(PushDevice.objects.all()) == [theirs]


def test_wrong_subscription_is_refused_in_words(client, learner):
    client.force_login(learner)
    answer = client.post(reverse("learners:device_add"), {"endpoint": "https://127.0.0.1/", "p256dh": "x"})
    assert answer.status_code == 400
    assert "forme attendue" in answer.json()["detail"]

import pytest

from cned_portal.common import metrics

pytestmark = pytest.mark.django_db
TOKEN = "un-jeton-de-mesure"


def test_closed_without_a_token_in_the_environment(client):
    for header in ("", "Bearer ", f"Bearer {TOKEN}"):
        assert client.get("/metrics", headers={"Authorization": header}).status_code == 404


def test_open_to_the_bearer_only(client, settings):
    settings.METRICS_TOKEN = TOKEN
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer autre-é"}).status_code == 404
    text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content.decode()
    for name in ("portal_outbox_late 0.0", "portal_tickets_late 0.0", 'portal_queue_length{queue="mail"}'):
        assert name in text
    assert "django_http_requests_total_by_method_total" in text


def test_gauge_that_fails_leaves_the_others(client, settings, monkeypatch):
    settings.METRICS_TOKEN = TOKEN
    broken = metrics.Gauge("portal_broken", "x", lambda: 1 / 0)
    monkeypatch.setattr(metrics, "_gauges", [broken, *metrics._gauges])
    text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content.decode()
    assert "portal_broken" not in text
    assert "portal_tickets_late" in text

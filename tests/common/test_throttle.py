import pytest
from django.test import RequestFactory

from cned_portal.common.throttle import allow, client_address


def test_limit_is_for_each_key_and_scope(db):
    assert [allow("a", "x", limit=2, seconds=60) for _ in range(3)] == [True, True, False]
    assert allow("a", "y", limit=2, seconds=60)
    assert allow("b", "x", limit=2, seconds=60)
    assert not allow("c", "x", limit=0, seconds=60)


@pytest.mark.parametrize(
    ("proxies", "header", "address"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "", "192.0.2.1"),
    ],
)
def test_only_our_proxies_are_believed(settings, proxies, header, address):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=header)
    assert client_address(request) == address

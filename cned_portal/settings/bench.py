"""`make bench`: the embedded portal with its floor, templates cached as in production, nothing logged."""

from cned_portal.settings.embedded import *  # noqa: F403

ROOT_URLCONF = "cned_portal.demo.bench.urls"
LOG_LEVEL = "ERROR"
LOGGING = {"version": 1, "disable_existing_loggers": True}

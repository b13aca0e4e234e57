"""Gathering the static files while an image is built: no secret, no service."""

from cned_portal.settings.base import *  # noqa: F403

SECRET_KEY = "no-request-is-ever-served-with-this"  # noqa: S105

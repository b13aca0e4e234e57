"""ASGI entry point. Kept for hosts that require one: synchronous Django is several times slower there."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cned_portal.settings.production")

application = get_asgi_application()

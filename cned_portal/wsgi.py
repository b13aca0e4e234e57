"""WSGI entry point, served by granian."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cned_portal.settings.production")
os.environ.setdefault("PORTAL_PROCESS", "web")

application = get_wsgi_application()

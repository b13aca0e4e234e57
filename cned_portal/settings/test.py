"""The suite: real PostgreSQL and Redis, no manifest and no WhiteNoise (it rescans the static files for each client)."""

from cned_portal.settings.base import *  # noqa: F403
from cned_portal.settings.base import BASE_DIR, MIDDLEWARE, STORAGES

SECRET_KEY = "tests-only"  # noqa: S105
ALLOWED_HOSTS = ["*"]
STAFF_MFA_REQUIRED = True
MIDDLEWARE = [name for name in MIDDLEWARE if "whitenoise" not in name]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
MEDIA_ROOT = BASE_DIR / ".embedded" / "test-media"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
OUTBOX_DELIVERY_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
REQUEST_FORM_MIN_SECONDS = 0

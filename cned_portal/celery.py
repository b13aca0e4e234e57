"""The Celery application: queues are named by the kind of work, so that workers can be scaled apart."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cned_portal.settings.production")

app = Celery("cned_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

"""The Celery application: queues are named by the kind of work, so that workers can be scaled apart.

Settings are those of `DJANGO_SETTINGS_MODULE`, with no default: the package is imported by commands that choose theirs.
"""

from celery import Celery

app = Celery("cned_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

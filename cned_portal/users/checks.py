"""What a production must not start without."""

from django.conf import settings
from django.core.checks import Error, Tags, register


@register(Tags.security, deploy=True)
def check_staff_second_factor(app_configs, **kwargs):
    if settings.STAFF_MFA_REQUIRED:
        return []
    return [Error("STAFF_MFA_REQUIRED doit être vrai : les agents lisent des données personnelles.", id="users.E001")]

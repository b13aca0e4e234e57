from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "cned_portal.common.outbox"
    label = "outbox"
    verbose_name = "Courrier sortant"

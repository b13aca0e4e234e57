from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "cned_portal.common.outbox"
    label = "outbox"
    verbose_name = "Courrier sortant"

    def ready(self):
        from anymail.signals import tracking

        tracking.connect(_note, dispatch_uid="outbox")

        from cned_portal.common.metrics import gauge
        from cned_portal.common.outbox.domain.follow_up import health

        gauge("outbox_late", "Mails due for more than fifteen minutes", lambda: health()["late"])
        gauge("outbox_stuck", "Mails whose dispatcher is gone", lambda: health()["stuck"])


def _note(sender, event, esp_name, **kwargs):
    """What a provider tells by its webhook: an event of the outside world."""
    from cned_portal.common.outbox.domain.follow_up import note_provider_event

    note_provider_event(provider_id=event.message_id, event_type=event.event_type)

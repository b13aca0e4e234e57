"""By which means a person is told of what, and when not to be."""

from django import forms
from dsfr.forms import DsfrBaseForm

from learners.enums import (
    NotificationChannel,
    NotificationTopic,
    TimeZone,
)
from learners.forms.fields import HourField
from learners.models import QuietHours


class NotificationsForm(DsfrBaseForm):
    """One means for each topic, and the hours of silence."""

    quiet_from = HourField(
        label="Silence à partir de",
        help_text="Format attendu : 21:30. Laissez vide pour aucun silence.",
        required=False,
    )
    quiet_until = HourField(label="Jusqu’à", help_text="Format attendu : 07:00", required=False)
    time_zone = forms.ChoiceField(label="Heure de", choices=TimeZone)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        chosen = dict(user.notification_choices.values_list("topic", "channel"))
        for topic in NotificationTopic:
            self.fields[topic.value] = forms.ChoiceField(
                label=topic.label,
                choices=NotificationChannel,
                initial=chosen.get(topic.value, NotificationChannel.MAIL),
                error_messages={"required": "Choisissez un moyen.", "invalid_choice": "Choisissez un moyen."},
            )
        self.order_fields([*NotificationTopic.values, "quiet_from", "quiet_until", "time_zone"])
        hours = QuietHours.objects.filter(user=user).first()
        self.initial["time_zone"] = hours.time_zone if hours else TimeZone.PARIS
        if hours:
            self.initial |= {"quiet_from": f"{hours.starts_at:%H:%M}", "quiet_until": f"{hours.ends_at:%H:%M}"}

    def clean(self):
        cleaned = super().clean()
        start, end = cleaned.get("quiet_from"), cleaned.get("quiet_until")
        if (start is None) != (end is None) and not self.errors:
            missing = "quiet_until" if end is None else "quiet_from"
            self.add_error(missing, "Indiquez le début et la fin du silence, ou aucun des deux.")
        elif start is not None and start == end:
            self.add_error("quiet_until", "Le début et la fin du silence diffèrent.")
        return cleaned

    @property
    def channels(self):
        return {topic: self.cleaned_data[topic] for topic in NotificationTopic.values}

    @property
    def quiet(self):
        """(start, end, time zone), None without silence."""
        start = self.cleaned_data["quiet_from"]
        return (start, self.cleaned_data["quiet_until"], self.cleaned_data["time_zone"]) if start is not None else None

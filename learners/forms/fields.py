"""Fields and labels that several forms share."""

import unicodedata

from django import forms

from cned_portal.common.charts import format_number
from cned_portal.common.templatetags.french import french_day


class LineField(forms.CharField):
    """One line of text, without control characters: it goes on envelopes and in documents."""

    def clean(self, value):
        value = " ".join(super().clean(value).split())
        if any(unicodedata.category(char)[0] == "C" for char in value):
            raise forms.ValidationError("Écrivez ce texte sans caractère spécial.")
        return value


class DayField(forms.DateField):
    """A day typed the French way: the browser's own field speaks the browser's language, not the page's."""

    def __init__(self, **kwargs):
        attrs = {"inputmode": "numeric", **kwargs.pop("attrs", {})}
        super().__init__(
            widget=forms.DateInput(attrs=attrs, format="%d/%m/%Y"),
            input_formats=["%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y", "%d %m %Y"],
            error_messages={"invalid": "Écrivez une date, par exemple 31/01/1990.", **kwargs.pop("error_messages", {})},
            **kwargs,
        )


class HourField(forms.TimeField):
    """An hour typed the French way: 21:30, 21h30 or 21 h."""

    def __init__(self, **kwargs):
        super().__init__(
            widget=forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off"}),
            error_messages={"invalid": "Écrivez une heure, par exemple 21:30."},
            **kwargs,
        )

    def to_python(self, value):
        if isinstance(value, str):
            hour, _, minute = value.replace("h", ":").replace("H", ":").replace(" ", "").partition(":")
            value = f"{hour}:{minute or '00'}" if hour else ""
        return super().to_python(value)


class AmountField(forms.DecimalField):
    """Euros, typed with a comma or a point."""

    def __init__(self, **kwargs):
        super().__init__(
            max_digits=9,
            decimal_places=2,
            min_value=0,
            localize=True,
            widget=forms.TextInput(attrs={"inputmode": "decimal"}),
            **kwargs,
        )


def session_label(session):
    """A session as one chooses it: way to follow, dates, price."""
    action = session.action
    when = f"à partir du {french_day(session.starts_on)}" if session.starts_on else "entrée toute l’année"
    if action.price is None:
        price = "tarif sur demande"
    elif action.price == 0:
        price = "gratuit"
    else:
        price = format_number(float(action.price), "€")
    return f"{action.name}, {when}, {price}"


class SessionField(forms.ModelChoiceField):
    def label_from_instance(self, session):
        return session_label(session)

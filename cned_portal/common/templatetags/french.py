"""French habits that Django's own filters lack."""

from datetime import datetime
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.dateformat import format as format_date

from cned_portal.common.text import fold

register = template.Library()


@register.filter
def french_day(value):
    """A day in words: « 1er juin 2026 », « 2 juin 2026 »; that of a moment is the day it is here; empty for no date."""
    if not value:
        return ""
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return format_date(value, "j\\e\\r F Y" if value.day == 1 else "j F Y")


@register.filter
def plural(count, endings="s"):
    """Ending of a word for a number: none or the singular below two (0 is singular in French), else the plural.

    `{{ n|plural }}`, `{{ n|plural:"al,aux" }}`.
    """
    singular, _, many = endings.rpartition(",")
    return singular if abs(count) < 2 else many


@register.filter
def after_de(name):
    """A person's name after « de », elided before a vowel and before h, mostly mute: « de Camille », « d’Élodie »."""
    first, second = (fold(name) + "  ")[:2]
    is_elided = first in "aeiouh" or (first == "y" and second not in "aeiou")
    return f"d’{name}" if is_elided else f"de {name}"


@register.filter
def euros(amount):
    """An amount of money, also as a text that JSON keeps: « 1 234,50 € », « 990 € »."""
    if amount in (None, ""):
        return ""
    amount = Decimal(amount)
    decimals = 0 if amount == amount.to_integral_value() else 2
    return f"{amount:,.{decimals}f}".replace(",", "\u202f").replace(".", ",") + "\u00a0€"

"""French habits that Django's own filters lack."""

from django import template
from django.utils.dateformat import format as format_date

register = template.Library()


@register.filter
def french_day(value):
    """A day in words: « 1er juin 2026 », « 2 juin 2026 »; empty for no date."""
    if not value:
        return ""
    return format_date(value, "j\\e\\r F Y" if value.day == 1 else "j F Y")

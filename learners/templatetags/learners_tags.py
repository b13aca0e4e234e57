from datetime import date

from django import template

register = template.Library()


@register.filter
def day(text):
    """A day kept as YYYY-MM-DD in the frozen content of a document."""
    return date.fromisoformat(text) if text else None

"""Figures in French writing."""

from django import template

from cned_portal.common.charts import format_number

register = template.Library()


@register.filter
def number(value):
    """« 1 204 »; « n. d. » for none."""
    return format_number(value)


@register.filter
def percent(value):
    """« 4,5 % »; « n. d. » for none."""
    return format_number(value, "%")

"""Figures in French writing."""

from django import template

from cned_portal.common.charts import format_number

register = template.Library()


@register.filter
def decimal(value):
    """« 4,2 »; « n. d. » for no value."""
    return "n. d." if value is None else f"{value:.1f}".replace(".", ",")


@register.filter
def share(value):
    """A proportion with its counts and its interval: « 87,5 % (14 sur 16) [64 ; 97] »; « n. d. » out of nobody."""
    if not value.total:
        return "n. d."
    low, high = value.interval
    return f"{format_number(value.percent, '%')} ({value.count} sur {value.total}) [{low:.0f} ; {high:.0f}]"

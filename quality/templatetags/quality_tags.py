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
    """« 87,5 % (14 sur 16) [64 ; 97] », the last its interval; « n. d. » out of nobody, or where it is not shown."""
    if value is None or not value.total:
        return "n. d."
    low, high = value.interval
    return f"{format_number(value.percent, '%')} ({value.count} sur {value.total}) [{low:.0f} ; {high:.0f}]"

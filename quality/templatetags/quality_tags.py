"""Figures in French writing."""

from django import template

from cned_portal.common.charts import format_number

register = template.Library()
BUSINESS_DAY_MINUTES = 7 * 60


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


@register.filter
def business_time(minutes):
    """Business minutes in days of seven hours: « 2 j 3 h », « 5 h 10 min », « 40 min »; « n. d. » for none."""
    if minutes is None:
        return "n. d."
    days, rest = divmod(round(minutes), BUSINESS_DAY_MINUTES)
    hours, left = divmod(rest, 60)
    if days:
        return f"{days}\u00a0j {hours}\u00a0h" if hours else f"{days}\u00a0j"
    if hours:
        return f"{hours}\u00a0h {left}\u00a0min" if left else f"{hours}\u00a0h"
    return f"{left}\u00a0min"

"""What applies to whom, and when."""

from dataclasses import dataclass

from quality.enums import Category, Condition
from quality.models import Indicator, ReferentialVersion


@dataclass(frozen=True)
class Applicable:
    """An indicator with whether it applies, and the reason in French."""

    indicator: Indicator
    applies: bool
    reason: str


def version_at(day):
    """The version that an audit of that day applies; None before the first."""
    return ReferentialVersion.objects.at(day)


def applicability(version, categories, conditions):
    """Each indicator of the version, with whether it applies to an institution of these categories and conditions.

    A common indicator concerns every category; a specific one those it names; some ask for a condition besides.
    """
    indicators = version.indicators.select_related("criterion").order_by("number")
    return [_applies(indicator, set(categories), set(conditions)) for indicator in indicators]


def _applies(indicator, categories, conditions):
    concerned = [category for category in Category.values if category in categories & set(indicator.categories)]
    if not concerned:
        return Applicable(indicator, False, f"Ne concerne que : {', '.join(indicator.categories)}.")
    if indicator.condition and indicator.condition not in conditions:
        return Applicable(indicator, False, f"Demande : {Condition(indicator.condition).label.lower()}.")
    reason = f"Concerne : {', '.join(concerned)}"
    if indicator.condition:
        reason += f" ; {Condition(indicator.condition).label.lower()}"
    return Applicable(indicator, True, f"{reason}.")


def versions_of(number):
    """The wordings of an indicator, the latest first, with their versions and criteria."""
    return list(
        Indicator.objects.filter(number=number)
        .select_related("version", "criterion")
        .order_by("-version__in_force_from")
    )

from datetime import date

from django import template
from django.urls import reverse

from learners.domain.space import sections

register = template.Library()


@register.filter
def day(text):
    """A day kept as YYYY-MM-DD in the frozen content of a document."""
    return date.fromisoformat(text) if text else None


@register.filter
def decimal_comma(text):
    """A grade kept as « 12.50 », as the French write it: « 12,5 »; empty for none."""
    return text.rstrip("0").rstrip(".").replace(".", ",") if text else ""


@register.filter
def grade(value):
    """A grade as the French write it: « 12,5 »."""
    return decimal_comma(str(value)) if value is not None else ""


@register.inclusion_tag("learners/_space_menu.html", takes_context=True)
def space_menu(context):
    """The menu of « Mon espace »; the section one is in is the one whose address begins the page's, the longest.

    A view that has read the person's sections already gives them as `space_sections`.
    """
    path = context["request"].path
    shown = context.get("space_sections") or sections(context["request"].user)
    entries = [(section.label, reverse(section.url_name)) for section in shown]
    current = max((url for _, url in entries if path.startswith(url)), key=len, default="")
    return {"entries": entries, "current": current, "here": path == current}


@register.filter
def is_mapping(value):
    return isinstance(value, dict)


@register.filter
def is_list(value):
    return isinstance(value, list | tuple)


@register.filter
def in_words(key):
    """A key of `donnees.json` as a person reads it: « adresse_electronique » gives « Adresse electronique »."""
    return str(key).replace("_", " ").capitalize()

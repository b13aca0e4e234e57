from django import template
from django.contrib.admin.views.main import PAGE_VAR
from django.utils.safestring import mark_safe

register = template.Library()


@register.filter
def with_french_icons(cell):
    """A cell of a change list, whose yes and no icons Django names in English."""
    words = {'alt="True"': 'alt="Oui"', 'alt="False"': 'alt="Non"', 'alt="None"': 'alt="Inconnu"'}
    for english, french in words.items():
        cell = cell.replace(english, french)
    return mark_safe(cell)  # noqa: S308  the cell was made and escaped by the admin


@register.simple_tag
def list_page_url(change_list, number):
    """Address of a page of the change list, with its search, its filters and its order."""
    return change_list.get_query_string({PAGE_VAR: number})

from django import template
from django.contrib.admin.views.main import PAGE_VAR

register = template.Library()


@register.simple_tag
def list_page_url(change_list, number):
    """Address of a page of the change list, with its search, its filters and its order."""
    return change_list.get_query_string({PAGE_VAR: number})

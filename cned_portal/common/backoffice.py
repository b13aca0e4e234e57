"""The one admin site. Apps add to it their desk pages and what each person has to do; it knows none of them.

- `desk_page(...)` registers a page of our own (a queue, a board): it appears in the menu of those who may open it.
- `todo(...)` registers a provider of things to do: the home page shows them to the person they concern.
- `PortalModelAdmin` is the base of every stock change list: no exact count, no deep offset, history beside the object.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.contrib import admin
from django.core.paginator import Paginator
from django.urls import path
from django.utils.functional import cached_property

PAGE_SIZE = 50
LIST_CAP = 1_000


@dataclass(frozen=True)
class DeskPage:
    """A page of our own inside the admin. `permission` is a full name such as `crc.view_ticket`."""

    route: str
    name: str
    label: str
    section: str
    permission: str
    view: Callable
    in_menu: bool = True

    @property
    def url_name(self):
        return f"admin:{self.name}"


@dataclass(frozen=True)
class Todo:
    """Something that waits for the signed-in person: how many, and where to act."""

    label: str
    count: int
    url: str
    urgent: bool = False


@dataclass
class Registry:
    pages: list[DeskPage] = field(default_factory=list)
    todo_providers: list[Callable] = field(default_factory=list)


registry = Registry()


def desk_page(route, *, name, label, section, permission, in_menu=True):
    """Register a view as a page of the admin: `admin:<name>` at `/gestion/<route>`, closed to others by 403."""

    def register(view):
        registry.pages.append(DeskPage(route, name, label, section, permission, view, in_menu))
        return view

    return register


def todo(provider):
    """Register `provider(user) -> list[Todo]`; it is called at each display of the home page and must be cheap."""
    registry.todo_providers.append(provider)
    return provider


class PortalAdminSite(admin.AdminSite):
    site_header = "Espace de gestion"
    site_title = "Espace de gestion du portail Cned"
    index_title = "À faire"
    enable_nav_sidebar = False

    def get_urls(self):
        pages = [path(page.route, self.admin_view(self._guarded(page)), name=page.name) for page in registry.pages]
        return pages + super().get_urls()

    def _guarded(self, page):
        import functools

        from django.core.exceptions import PermissionDenied

        @functools.wraps(page.view)
        def view(request, *args, **kwargs):
            if not request.user.has_perm(page.permission):
                raise PermissionDenied
            return page.view(request, *args, **kwargs)

        return view

    def each_context(self, request):
        context = super().each_context(request)
        context["desk_sections"] = self.desk_sections(request.user)
        return context

    def desk_sections(self, user):
        """Menu of desk pages the person may open, by section."""
        sections = {}
        for page in registry.pages:
            if page.in_menu and user.has_perm(page.permission):
                sections.setdefault(page.section, []).append(page)
        return sections

    def index(self, request, extra_context=None):
        todos = [item for provider in registry.todo_providers for item in provider(request.user)]
        return super().index(request, {**(extra_context or {}), "todos": todos})


class CappedPaginator(Paginator):
    """Count to a cap and no further, so that neither the count nor an offset grows with the table."""

    @cached_property
    def count(self):
        return self.object_list[:LIST_CAP].count()


class PortalModelAdmin(admin.ModelAdmin):
    """Stock change list made safe for large tables."""

    show_full_result_count = False
    list_per_page = PAGE_SIZE
    list_max_show_all = 0
    paginator = CappedPaginator

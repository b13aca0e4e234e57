"""The one admin site. Apps add to it their desk pages and what each person has to do; it knows none of them.

- `desk_page(...)` registers a page of our own (a queue, a board): it appears in the menu of those who may open it.
- `todo(...)` registers a provider of things to do: the home page shows them to the person they concern.
- `PortalModelAdmin` is the base of every stock change list: no exact count, no deep offset, history beside the object.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.core.paginator import Paginator
from django.db.models import CASCADE, PROTECT, RESTRICT, ForeignKey
from django.http import Http404, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.functional import cached_property

from cned_portal.common.history import history_of
from cned_portal.common.keyset import InvalidCursor

PAGE_SIZE = 50
LIST_CAP = 1_000

# Screens of libraries that count whole tables, show secrets or let edit what our verbs govern.
HIDDEN_APPS = {
    "account",
    "auth",
    "django_celery_beat",
    "dsfr",
    "mfa",
    "pghistory",
    "socialaccount",
    "usersessions",
}


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
        @functools.wraps(page.view)
        def view(request, *args, **kwargs):
            if not request.user.has_perm(page.permission):
                raise PermissionDenied
            return page.view(request, *args, **kwargs)

        return view

    def login(self, request, extra_context=None):
        """One way in for everyone: the accounts' sign-in page, with its second factor and its limits."""
        if request.user.is_authenticated:
            if self.has_permission(request):
                return redirect("admin:index")
            raise PermissionDenied
        return redirect_to_login(request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index"))

    def logout(self, request, extra_context=None):
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        logout(request)
        return redirect("/")

    def password_change(self, request, extra_context=None):
        return redirect("account_change_password")

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
        """What waits for the person first, urgent things on top, then the desk pages, then the reference data."""
        todos = [item for provider in registry.todo_providers for item in provider(request.user)]
        waiting = sorted((item for item in todos if item.count), key=lambda item: not item.urgent)
        return super().index(
            request, {**(extra_context or {}), "todos": waiting, "nothing_waits": todos and not waiting}
        )

    def hide_library_screens(self):
        """Take off what libraries register by themselves; called once everything is discovered."""
        for model in list(self._registry):
            if model._meta.app_label in HIDDEN_APPS:
                self.unregister(model)


class CappedPaginator(Paginator):
    """Count to a cap and no further, so that neither the count nor an offset grows with the table."""

    @cached_property
    def _counted(self):
        # Without its order: a sort before the limit would read the whole table.
        rows = self.object_list.order_by() if hasattr(self.object_list, "order_by") else self.object_list
        rows = rows[: LIST_CAP + 1]
        return rows.count() if hasattr(self.object_list, "order_by") else len(rows)

    @cached_property
    def count(self):
        return min(self._counted, LIST_CAP)

    @property
    def is_capped(self):
        """Whether rows exist beyond those the pages reach."""
        return self._counted > LIST_CAP


def _without_autocomplete(model_admin):
    """Choose by number or in a list: Django's autocomplete has no accessible name, and is empty without a script."""
    model_admin.raw_id_fields = (*model_admin.raw_id_fields, *model_admin.autocomplete_fields)
    model_admin.autocomplete_fields = ()


class PortalModelAdmin(admin.ModelAdmin):
    """Stock change list made safe for large tables."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each facet is a count of the whole table
    list_per_page = PAGE_SIZE
    list_max_show_all = 0
    paginator = CappedPaginator

    def __init__(self, model, admin_site):
        super().__init__(model, admin_site)
        _without_autocomplete(self)

    def get_inline_instances(self, request, obj=None):
        inlines = super().get_inline_instances(request, obj)
        for inline in inlines:
            _without_autocomplete(inline)
        return inlines

    def get_deleted_objects(self, objs, request):
        """What a deletion takes with it, or the kinds that forbid it: never a list as long as a table.

        Django would read every row that depends on these before it says no.
        """
        forbidding = []
        for relation in self.opts.related_objects:
            if relation.many_to_many or relation.on_delete not in {CASCADE, PROTECT, RESTRICT}:
                continue
            rows = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": objs})
            number = rows.order_by()[: LIST_CAP + 1].count()
            if number > LIST_CAP or (number and relation.on_delete is not CASCADE):
                shown = f"plus de {LIST_CAP}" if number > LIST_CAP else number
                forbidding.append(f"{relation.related_model._meta.verbose_name_plural} : {shown}")
        if forbidding:
            return [], {}, set(), forbidding
        return super().get_deleted_objects(objs, request)

    def history_view(self, request, object_id, extra_context=None):
        """What the database recorded of the object, in place of Django's own log of the admin."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        try:
            history = history_of(obj, cursor=request.GET.get("apres", ""))
        except InvalidCursor:
            raise Http404 from None
        context = {
            **self.admin_site.each_context(request),
            "title": f"Historique : {obj}",
            "opts": self.opts,
            "object": obj,
            "history": history,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/object_history.html", context)

    def get_list_select_related(self, request):
        """Foreign keys of the columns, nullable ones too: Django's own choice skips these and reads them row by row."""
        chosen = super().get_list_select_related(request)
        if chosen is not False:
            return chosen
        return [name for name in self.get_list_display(request) if self._is_foreign_key(name)]

    def _is_foreign_key(self, name):
        try:
            return isinstance(self.opts.get_field(name), ForeignKey)
        except (FieldDoesNotExist, TypeError):
            return False


class FixedRowsModelAdmin(PortalModelAdmin):
    """Rows that the portal adds by itself: staff change them, and neither add nor remove any."""

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class ReadOnlyModelAdmin(FixedRowsModelAdmin):
    """Rows that the portal writes by itself: staff read them."""

    def has_change_permission(self, request, obj=None):
        return False

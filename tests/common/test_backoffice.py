import pytest
from django.contrib import admin
from django.contrib.admin.widgets import ForeignKeyRawIdWidget
from django.contrib.auth.models import Group
from django.urls import reverse

from cned_portal.common import backoffice
from cned_portal.common.backoffice import CappedPaginator, PortalModelAdmin, Todo
from cned_portal.users.enums import Role
from cned_portal.users.models import RoleGrant, User
from tests.users.factories import UserFactory


@pytest.fixture
def member(client, staff, settings):
    settings.STAFF_MFA_REQUIRED = False
    user = staff(Role.ADMINISTRATOR)
    client.force_login(user)
    return user


def test_visitor_is_sent_to_the_sign_in_page(client, db):
    response = client.get(reverse("admin:index"), follow=True)

    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert f"next={reverse('admin:index')}" in response.redirect_chain[-1][0]


def test_person_without_a_role_is_refused(client, learner):
    client.force_login(learner)

    assert client.get(reverse("admin:index"), follow=True).status_code == 403


def test_home_shows_what_waits_urgent_first(client, member, monkeypatch):
    def provider(user):
        assert user == member
        return [Todo("Demandes", 3, "/a/"), Todo("Retards", 1, "/b/", urgent=True), Todo("Rien", 0, "/c/")]

    monkeypatch.setattr(backoffice.registry, "todo_providers", [provider])

    page = client.get(reverse("admin:index")).content.decode()

    assert page.index("Retards : 1") < page.index("Demandes : 3")
    assert "Rien : 0" not in page


def test_home_says_when_nothing_waits(client, member, monkeypatch):
    monkeypatch.setattr(backoffice.registry, "todo_providers", [])

    assert "Rien n’attend de votre part" in client.get(reverse("admin:index")).content.decode()


def test_signing_out_of_the_desk_takes_a_post(client, member):
    url = reverse("admin:logout")

    assert client.get(url).status_code == 405
    assert client.post(url).headers["Location"] == "/"
    assert client.get(reverse("admin:index")).status_code == 302


def test_paginator_stops_at_the_cap(db, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(backoffice, "LIST_CAP", 4)
    UserFactory.create_batch(6)
    paginator = CappedPaginator(User.objects.order_by("pk"), 2)

    with django_assert_num_queries(1):
        assert (paginator.count, paginator.num_pages, paginator.is_capped) == (4, 2, True)


def test_paginator_under_the_cap_counts_everything(db):
    UserFactory.create_batch(3)
    paginator = CappedPaginator(User.objects.order_by("pk"), 2)

    assert (paginator.count, paginator.num_pages, paginator.is_capped) == (3, 2, False)


def test_count_does_not_sort_the_table(db, django_assert_num_queries):
    with django_assert_num_queries(1) as queries:
        assert CappedPaginator(User.objects.order_by("last_name"), 2).count == 0

    assert "ORDER BY" not in queries[0]["sql"]


class GrantAdmin(PortalModelAdmin):
    list_display = ["__str__", "user", "group"]


@pytest.mark.parametrize("rows", [1, 3])
def test_change_list_reads_foreign_keys_in_one_query(rf, staff, rows, django_assert_num_queries):
    request = rf.get("/")
    request.user = staff(Role.ADMINISTRATOR)
    for _ in range(rows):
        staff(Role.CRC_AGENT)

    list_ = GrantAdmin(RoleGrant, admin.site)
    queryset = list_.get_queryset(request).select_related(*list_.get_list_select_related(request))
    with django_assert_num_queries(1):
        assert all(grant.user.email and grant.group.name for grant in queryset)


class UserAdmin(PortalModelAdmin):
    pass


def test_deletion_with_many_dependent_rows_is_refused_without_reading_them(rf, staff, monkeypatch):
    monkeypatch.setattr(backoffice, "LIST_CAP", 1)
    request = rf.get("/")
    request.user = staff(Role.ADMINISTRATOR)
    user = staff(Role.CRC_AGENT)
    users = User.objects.filter(pk=user.pk)
    list_ = UserAdmin(User, admin.site)

    assert list_.get_deleted_objects(users, request)[3] == []
    RoleGrant.objects.create(user=user, group=Group.objects.get(name=Role.UNIT_LEAD))
    assert list_.get_deleted_objects(users, request)[3] == ["rôles accordés : plus de 1"]


class GrantWithAutocomplete(PortalModelAdmin):
    autocomplete_fields = ["user"]


def test_autocomplete_becomes_a_field_that_works_without_a_script(rf):
    field = RoleGrant._meta.get_field("user")

    widget = GrantWithAutocomplete(RoleGrant, admin.site).formfield_for_dbfield(field, rf.get("/")).widget

    assert isinstance(getattr(widget, "widget", widget), ForeignKeyRawIdWidget)

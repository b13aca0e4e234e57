"""History: every way of writing is seen, with its author; nothing rewrites it; the page reads it in few queries."""

from contextlib import suppress

import pghistory
import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from cned_portal.common.history import history_of
from cned_portal.common.verbs import verb
from cned_portal.users.models import User
from tests.crc.factories import ServiceFactory
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db


@verb
def rename(user, name, *, acting_user):
    User.objects.filter(pk=user.pk).update(first_name=name)


@verb
def rename_twice(user, *, acting_user):
    rename(user, "Un", acting_user=None)
    User.objects.filter(pk=user.pk).update(first_name="Deux")


def test_every_way_of_writing_is_seen(learner):
    User.objects.filter(pk=learner.pk).update(first_name="Par update")
    learner.first_name = "Par bulk"
    User.objects.bulk_update([learner], ["first_name"])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE users_user SET first_name = 'Par SQL' WHERE id = %s", [learner.pk])
    lines = history_of(learner).lines
    assert [line.changes[0].new for line in lines[:3]] == ["Par SQL", "Par bulk", "Par update"]
    assert [line.act for line in lines] == ["Modification", "Modification", "Modification", "Création"][-len(lines) :]
    assert lines[0].who == "Le portail"
    pk = learner.pk
    learner.delete()
    learner.pk = pk
    assert history_of(learner).lines[0].act == "Suppression"


def test_act_names_its_author_and_verb(learner, stranger):
    rename(learner, "Nouveau", acting_user=stranger)
    line = history_of(learner).lines[0]
    assert line.who == stranger.get_full_name()
    assert line.verb.endswith(".rename")
    assert (line.changes[0].field, line.changes[0].new) == ("prénom", "Nouveau")


def test_outer_verb_and_author_come_back_after_an_inner_one(learner, stranger):
    rename_twice(learner, acting_user=stranger)
    outer, inner = history_of(learner).lines[:2]
    assert outer.verb.endswith(".rename_twice")
    assert inner.verb.endswith(".rename")
    assert outer.who == stranger.get_full_name()


@verb
def rename_in_parts(user, *, acting_user):
    """One part is undone on the way."""
    with suppress(ZeroDivisionError), transaction.atomic():
        rename(user, "Défait", acting_user=None)
        raise ZeroDivisionError
    User.objects.filter(pk=user.pk).update(first_name="Un")
    with suppress(ZeroDivisionError), transaction.atomic():
        User.objects.filter(pk=user.pk).update(first_name="Défait aussi")
        raise ZeroDivisionError
    User.objects.filter(pk=user.pk).update(first_name="Deux")


def test_author_is_known_after_a_part_was_undone(learner, stranger):
    rename_in_parts(learner, acting_user=stranger)
    lines = history_of(learner).lines[:2]
    assert [line.changes[-1].new for line in lines] == ["Deux", "Un"]
    assert {line.verb.split(".")[-1] for line in lines} == {"rename_in_parts"}
    assert {line.who for line in lines} == {stranger.get_full_name()}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("alone", [True, False])
def test_author_is_known_in_each_transaction_of_a_request(learner, stranger, alone):
    """Read first or not, committed or undone: a transaction knows nothing of what was told in the one before."""
    with pghistory.context(user=stranger.pk, verb="essai"):
        for name in ("Un", "Défait", "Deux"):
            with suppress(ZeroDivisionError), transaction.atomic():
                if not alone:
                    assert User.objects.count()
                User.objects.filter(pk=learner.pk).update(first_name=name)
                if name == "Défait":
                    raise ZeroDivisionError
        User.objects.filter(pk=learner.pk).update(first_name="Sans transaction")
    User.objects.filter(pk=learner.pk).update(first_name="Hors de la demande")
    lines = history_of(learner).lines[:4]
    assert [line.changes[-1].new for line in lines] == ["Hors de la demande", "Sans transaction", "Deux", "Un"]
    assert [line.verb for line in lines] == ["", "essai", "essai", "essai"]
    assert [line.who for line in lines] == ["Le portail", *[stranger.get_full_name()] * 3]


@pytest.mark.parametrize("statement", ["UPDATE users_userevent SET email = 'x'", "DELETE FROM users_userevent"])
def test_history_cannot_be_rewritten(learner, statement):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("number", [1, 3])
def test_history_costs_the_same_for_any_number_of_lines(learner, stranger, number, django_assert_num_queries):
    for index in range(number):
        rename(learner, f"Nom {index}", acting_user=stranger)
    with django_assert_num_queries(2):
        assert len(history_of(learner).lines) == number + 1


def test_pages_of_history_follow_each_other(learner):
    for index in range(5):
        rename(learner, f"Nom {index}", acting_user=None)
    first = history_of(learner, size=2)
    second = history_of(learner, size=2, cursor=first.next_cursor)
    assert first.lines[-1].changes[0].old == "Nom 2"
    assert second.lines[0].changes[0].new == "Nom 2"


def test_history_page_is_open_to_those_who_may_read(client, settings):
    settings.STAFF_MFA_REQUIRED = False
    service = ServiceFactory()
    address = reverse("admin:crc_service_history", args=[service.pk])
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    response = client.get(address)
    assert response.status_code == 200
    assert "Création" in response.content.decode()
    assert client.get(address, {"apres": "x"}).status_code == 404
    client.force_login(UserFactory(is_staff=True))
    assert client.get(address).status_code == 403


def test_triggers_know_that_none_is_ignored():
    """Where nothing says so, each row written raises an exception in its trigger: five times slower."""
    with transaction.atomic():
        with pgtrigger.ignore("users.User:insert_insert"):
            user = UserFactory()
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('pgtrigger.ignore')")
            assert cursor.fetchone() == ("{}",)
    assert not history_of(user).lines

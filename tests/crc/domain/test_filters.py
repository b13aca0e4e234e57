"""Saved filters: what may be kept, under which name, and who is offered it."""

import pytest
from django.db import IntegrityError, transaction
from django.http import QueryDict

from crc.domain.filters import MOST_FILTERS, NameTaken, change_filter, delete_filter, save_filter
from crc.domain.queries.queue import QueueFilter
from crc.domain.refusals import Refusal
from crc.models import SavedFilter, Tag
from tests.crc.factories import ServiceFactory, make_filter

pytestmark = pytest.mark.django_db


def chosen(address):
    return QueueFilter.read(QueryDict(address))


def test_what_is_kept_is_what_the_queue_would_read_again(agent):
    service = ServiceFactory(members=[agent])
    tag = Tag.objects.create(code="urgent", label="Urgent")
    kept = chosen(f"suivies=nouveautes&etiquette={tag.code}&service={service.code}&a-moi=1&non-lues=1&mentions=1&x=<b>")
    saved = save_filter(name="Mes urgences", chosen=kept, acting_user=agent)
    assert chosen(saved.query) == kept
    assert "x=" not in saved.query


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("q=camille@exemple.example", "Une recherche"),
        ("service=nulle-part", "Ce service"),
        ("etiquette=inconnue", "Cette étiquette"),
    ],
)
def test_search_and_unknown_choices_are_not_kept(agent, address, reason):
    with pytest.raises(Refusal, match=reason):
        save_filter(name="Non", chosen=chosen(address), acting_user=agent)
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize("query", ["", "etat=new&q=camille", "texte libre", "etat=new&service=<script>", "etat=a%40b"])
def test_database_refuses_free_text(agent, query):
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedFilter.objects.create(owner=agent, name="Non", query=query)


def test_name_is_used_once_by_a_person_whatever_its_case(agent, staff):
    make_filter(agent, "Mes urgences")
    with pytest.raises(NameTaken):
        save_filter(name="MES URGENCES", chosen=chosen(""), acting_user=agent)
    other = make_filter(agent, "Autre")
    with pytest.raises(NameTaken):
        change_filter(other, name="mes urgences", acting_user=agent)
    other.refresh_from_db()
    assert other.name == "Autre"
    make_filter(staff("agent-crc"), "Mes urgences")


def test_one_filter_too_many_is_refused(agent):
    for number in range(MOST_FILTERS):
        make_filter(agent, f"Filtre {number}")
    with pytest.raises(Refusal, match="supprimez-en un"):
        save_filter(name="De trop", chosen=chosen(""), acting_user=agent)


def test_shared_filter_is_offered_to_the_members_of_the_service_alone(agent, staff):
    supervisor, other = staff("superviseur-crc"), staff("agent-crc")
    ServiceFactory(members=[other])
    shared = make_filter(supervisor, "En retard", shared_with=ServiceFactory(members=[agent]))
    own = make_filter(agent, "Zèbre")
    assert list(SavedFilter.objects.offered_to(agent)) == [own, shared]
    assert list(SavedFilter.objects.offered_to(other)) == []
    assert list(SavedFilter.objects.managed_by(agent)) == [own]
    assert list(SavedFilter.objects.managed_by(staff("superviseur-crc"))) == [shared]


def test_filter_outlives_the_service_it_was_shared_with(agent, staff):
    supervisor, service = staff("superviseur-crc"), ServiceFactory(members=[agent])
    shared = make_filter(supervisor, shared_with=service)
    service.memberships.all().delete()
    service.delete()
    shared.refresh_from_db()
    assert shared.shared_with is None


def test_deleted_twice_is_deleted_and_does_not_come_back(agent):
    saved = make_filter(agent)
    key = saved.pk
    delete_filter(saved, acting_user=agent)
    delete_filter(SavedFilter(pk=key), acting_user=agent)
    with pytest.raises(Refusal, match="supprimé"):
        change_filter(SavedFilter(pk=key), name="Revenant", acting_user=agent)
    assert not SavedFilter.objects.exists()

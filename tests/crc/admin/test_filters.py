"""The filters beside the queue: kept from it, renamed, shared, deleted; each person's own."""

import html

import pytest
from django.urls import reverse

from cned_portal.users.enums import Role
from crc.models import SavedFilter
from tests.crc.factories import ServiceFactory, make_filter, make_ticket

pytestmark = pytest.mark.django_db
QUEUE, FILTERS = "/gestion/demandes/", "/gestion/demandes-filtres/"


@pytest.fixture(autouse=True)
def _second_factor_aside(settings):
    settings.STAFF_MFA_REQUIRED = False


@pytest.fixture
def service(agent):
    return ServiceFactory(members=[agent])


@pytest.fixture
def desk(client, agent):
    client.force_login(agent)
    return client


@pytest.fixture
def supervisor(staff):
    return staff(Role.CRC_SUPERVISOR)


def page(response):
    return html.unescape(response.content.decode())


def url_of(saved, act="crc_filter"):
    return reverse(f"admin:{act}", args=[saved.pk])


def test_filter_of_the_queue_is_kept_and_opens_it_again(desk, agent, service):
    shown = desk.get(QUEUE, {"service": service.code, "non-lues": "1"})
    form = shown.context["save_filter"]
    response = desk.post(FILTERS, {"name": "À lire", "filtre": form["filtre"].value()}, follow=True)
    content = page(response)
    assert "Filtre « À lire » enregistré." in content
    assert response.context["chosen"] == shown.context["chosen"]
    saved = SavedFilter.objects.get(owner=agent)
    assert f'aria-current="true">{saved.name}' in content


def test_search_offers_no_saving(desk, service):
    assert desk.get(QUEUE, {"q": "camille"}).context["save_filter"] is None
    response = desk.post(FILTERS, {"name": "Non", "filtre": "q=camille"})
    assert "Une recherche ne s’enregistre pas" in page(response)
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize("name", ["", " ", "x" * 61, "deux\nlignes", "À lire", "à LIRE"])
def test_refused_name_is_said_beside_the_field_and_nothing_is_lost(desk, agent, name):
    make_filter(agent, "À lire")
    response = desk.post(FILTERS, {"name": name, "filtre": "etat=new&non-lues=1"})
    assert response.status_code == 200
    assert response.context["form"].errors["name"]
    assert 'value="etat=new&amp;non-lues=1"' in response.content.decode()
    assert SavedFilter.objects.count() == 1


def test_hostile_filter_keeps_known_choices_alone(desk, agent):
    desk.post(FILTERS, {"name": "<b>x</b>", "filtre": "etat=<script>&suivies=\0" + "y" * 1_000})
    assert SavedFilter.objects.get().query == "etat=a-repondre"
    assert "<b>x</b>" not in desk.get(QUEUE).content.decode()
    desk.post(FILTERS, {"name": "y", "filtre": "z" * 3_000})
    assert SavedFilter.objects.get(name="y").query == "etat=a-repondre"


def test_filter_of_somebody_else_is_not_found(desk, staff, agent, supervisor, service):
    own, other = make_filter(agent), make_filter(staff(Role.CRC_AGENT))
    shared = make_filter(supervisor, "Partagé", shared_with=service)
    assert desk.get(url_of(own)).status_code == 200
    for saved in (other, shared):
        assert desk.get(url_of(saved)).status_code == 404
        assert desk.post(url_of(saved), {"name": "Volé"}).status_code == 404
        assert desk.post(url_of(saved, "crc_filter_delete")).status_code == 404
    content = page(desk.get(FILTERS))
    assert "Partagé avec le service" in content
    assert url_of(shared) not in content
    assert desk.post(url_of(own, "crc_filter_delete")).status_code == 302
    assert set(SavedFilter.objects.all()) == {other, shared}


def test_agent_renames_but_does_not_share(desk, agent, service):
    saved = make_filter(agent)
    desk.post(url_of(saved), {"name": "Nouveau nom", "shared_with": service.pk})
    saved.refresh_from_db()
    assert (saved.name, saved.shared_with) == ("Nouveau nom", None)


def test_supervisor_shares_and_takes_back(client, desk, agent, supervisor, service):
    saved = make_filter(supervisor, "Retards")
    client.force_login(supervisor)
    client.post(url_of(saved), {"name": "Retards", "shared_with": service.pk}, follow=True)
    client.force_login(agent)
    assert "Retards (partagé)" in page(client.get(QUEUE))
    client.force_login(supervisor)
    client.post(url_of(saved), {"name": "Retards", "shared_with": ""}, follow=True)
    client.force_login(agent)
    assert "Retards" not in page(client.get(QUEUE))


@pytest.mark.parametrize("role", [Role.QUALITY_MANAGER, Role.AUDITOR, Role.UNIT_LEAD, Role.ADMINISTRATOR])
def test_who_does_not_answer_keeps_no_filter(client, staff, role):
    client.force_login(staff(role))
    assert client.post(FILTERS, {"name": "x", "filtre": ""}).status_code == 403
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_cost_the_same_with_more_filters(desk, agent, supervisor, service, rows, django_assert_num_queries):
    make_ticket(service=service)
    for number in range(rows):
        make_filter(agent, f"Filtre {number}")
        make_filter(supervisor, f"Partagé {number}", shared_with=service)
    desk.get(FILTERS)
    with django_assert_num_queries(4):
        desk.get(FILTERS)
    with django_assert_num_queries(15):
        desk.get(QUEUE)

import json
import re
import time
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from catalogue.domain import version
from catalogue.domain.queries.search import SearchState, search
from catalogue.domain.version import announce_change
from catalogue.enums import TrainingState
from catalogue.models import DiplomaType, Domain, Entry, EntryHighlight, SearchMiss, Training, TrainingCertification
from tests.catalogue.factories import (
    CertificationFactory,
    ResultIndicatorFactory,
    TrainingActionFactory,
    TrainingFactory,
    TrainingSessionFactory,
)

pytestmark = pytest.mark.django_db
SEARCH = "/formations/"


def page(response):
    return response.content.decode()


def queries(assertion, client, url):
    with assertion as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.fixture
def shelf():
    """Nine trainings over three domains, two types, levels and audiences; one a draft, one closed."""
    domains = [Domain.objects.create(slug=f"d{n}", name=f"Domaine {n}") for n in range(3)]
    types = [DiplomaType.objects.create(slug=f"t{n}", name=f"Type {n}") for n in range(2)]
    rows = []
    for n in range(9):
        rows.append(
            TrainingFactory(
                published=n < 7,
                title=f"Menuiserie {n}",
                domain=domains[n % 3],
                diploma_type=types[n % 2],
                level_after=3 + n % 2,
                audiences=["adulte", "eleve"] if n % 4 == 0 else ["adulte"],
            )
        )
    closed = rows[8]
    type(closed).objects.filter(pk=closed.pk).update(state=TrainingState.CLOSED, closed_at=timezone.now())
    return rows


def test_only_visible_trainings_are_found_or_shown(client, shelf):
    content = page(client.get(SEARCH))
    for row in shelf[:7]:
        assert row.title in content
        assert client.get(row.get_absolute_url()).status_code == 200
    for row in shelf[7:]:
        assert row.title not in content
        assert client.get(row.get_absolute_url()).status_code == 404


@pytest.fixture
def offers(shelf):
    """On the first: at a distance but closed, and open but mixed; on the others, one offer each."""
    past = timezone.localdate() - timedelta(days=1)
    closed = TrainingActionFactory(training=shelf[0], name="A", teaching_mode=2, is_cpf_eligible=True)
    TrainingSessionFactory(action=closed, enrolment_closes_on=past)
    mixed = TrainingActionFactory(training=shelf[0], name="B", teaching_mode=1, fundings=["employeur"])
    TrainingSessionFactory(action=mixed)
    for row, fundings in ((shelf[1], ["employeur", "personnel"]), (shelf[2], ["gratuit"]), (shelf[8], ["gratuit"])):
        TrainingSessionFactory(action=TrainingActionFactory(training=row, teaching_mode=2, fundings=fundings))
    TrainingActionFactory(training=shelf[3], teaching_mode=2)  # without session
    Training.objects.filter(pk=shelf[4].pk).update(duration_months=6)
    Training.objects.filter(pk=shelf[5].pk).update(duration_months=36)
    announce_change()
    return shelf


def test_two_filters_on_offers_hold_for_the_same_one(offers):
    def found(**chosen):
        facets = {name: (value,) for name, value in chosen.items()}
        return {row.pk for row in search(SearchState(facets=facets)).trainings}

    first, second, third = (row.pk for row in offers[:3])
    assert found(inscription="ouverte") == {first, second, third}
    assert found(modalite="2", inscription="ouverte") == {second, third}
    assert found(modalite="1", inscription="ouverte", financement="employeur") == {first}
    assert found(financement="cpf", inscription="ouverte") == set()
    assert found(duree="6-mois") == {offers[4].pk}


def test_each_facet_count_is_what_ticking_it_gives(offers):
    states = ({}, {"niveau": ("3",)}, {"public": ("eleve",), "type": ("t0",)}, {"modalite": ("2",)})
    for chosen in (*states, {"inscription": ("ouverte",), "financement": ("employeur", "gratuit")}):
        for query in ("", "menuiserie", "menuiserie 3"):
            state = SearchState(q=query, facets=chosen)
            for facet in search(state).facets:
                for item in facet.values:
                    alone = SearchState(q=query, facets={**chosen, facet.name: (item.value,)})
                    assert search(alone).count == item.count, (query, chosen, facet.name, item)


def test_what_a_text_found_is_never_read_with_another_index(shelf, monkeypatch):
    """One process kept the result of a text; the index expired and was computed again from other rows."""
    assert search(SearchState(q="menuiserie 3")).trainings == [shelf[3]]
    Training.objects.filter(pk__lt=shelf[2].pk).update(state=TrainingState.DRAFT)  # announced to nobody
    monkeypatch.setattr(version, "_in_memory", {})
    cache.delete(f"catalogue:facets:{version.catalogue_version()}:{timezone.localdate()}")
    assert search(SearchState(q="menuiserie 3")).trainings == [shelf[3]]


def test_change_announced_to_nobody_is_seen_once_what_was_kept_expires(shelf, monkeypatch):
    monkeypatch.setattr(version, "KEEP_SECONDS", 1)
    monkeypatch.setattr(version, "MEMORY_SECONDS", 0)
    cache.clear()
    assert search(SearchState()).count == 7
    Training.objects.filter(pk=shelf[0].pk).update(state=TrainingState.DRAFT)
    time.sleep(1.1)
    assert search(SearchState()).count == 6


def test_state_of_the_search_is_its_address(client, shelf):
    results = search(SearchState(q="menuiserie", facets={"niveau": ("3",)}, sort="titre"))
    content = page(client.get(f"{SEARCH}?{results.state.query_string()}"))
    assert re.search(r'id="niveau-3"[^>]* checked', content)
    assert re.search(r'<option value="titre" selected>', content)
    assert 'value="menuiserie"' in content
    assert results.count == 4


@pytest.mark.parametrize(
    "query",
    [
        {"q": "é" * 8_000},
        {"q": "a\0b\x01\x1b\u202e\u2028"},
        {"q": "' OR 1=1 -- & | ! ( ) :* <-> \\"},
        {"q": "!!!"},
        {"q": "le la les"},
        {"q": "+ # ++"},
        {"q": "<script>alert(1)</script>"},
        {"page": "-1"},
        {"page": "1000000000"},
        {"page": "9" * 5_000},
        {"page": "٣"},
        {"page": "abc", "tri": "inventé"},
        {"niveau": ["3", "x\0", "9" * 500], "public": "inventé", "domaine": ["'"] * 300, "type": "\ud7ff"},
        {"inconnu": "x"},
    ],
)
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_hostile_search_gets_a_clean_page(client, shelf, query, headers):
    response = client.get(SEARCH, query, headers=headers)
    assert response.status_code == 200
    assert "<script>alert" not in page(response)


def test_page_beyond_the_last_is_the_last(shelf):
    assert search(SearchState(page=10**9)).state.page == 1


def test_search_in_place_sends_the_parts_that_change(client, shelf):
    content = page(client.get(SEARCH, {"q": "menuiserie"}, headers={"HX-Request": "true"}))
    assert "<html" not in content
    assert 'id="facette-niveau" hx-swap-oob' in content
    assert "7 formations" in content
    assert "HX-Request" in client.get(SEARCH)["Vary"]


def test_nothing_found_says_so_and_proposes(client, shelf):
    content = page(client.get(SEARCH, {"q": "xylophone"}))
    assert "Aucune formation trouvée" in content
    assert "xylophone" in content
    assert "Domaine 0" in content
    miss = SearchMiss.objects.get()
    assert (miss.query, miss.count) == ("xylophone", 1)
    client.get(SEARCH, {"q": "Xylophone"})
    miss.refresh_from_db()
    assert miss.count == 2


@pytest.mark.parametrize("query", ["camille@exemple.example", "06 99 00 00 00 plomberie", "x" * 150])
def test_search_that_may_name_a_person_is_not_kept(client, query):
    client.get(SEARCH, {"q": query})
    assert not SearchMiss.objects.exists()


def test_open_trainings_come_before_closed_ones(shelf):
    TrainingSessionFactory(action=TrainingActionFactory(training=shelf[5]))
    past = timezone.localdate() - timedelta(days=1)
    TrainingSessionFactory(action=TrainingActionFactory(training=shelf[1]), enrolment_closes_on=past)
    assert search(SearchState(q="menuiserie")).trainings[0] == shelf[5]


def test_search_reads_as_many_queries_with_one_and_more(client, django_assert_max_num_queries):
    TrainingFactory(published=True, title="Menuiserie", domain=Domain.objects.create(slug="d", name="D"))
    client.get(SEARCH)
    one = queries(django_assert_max_num_queries(14), client, f"{SEARCH}?q=menuiserie")
    for _ in range(3):
        TrainingFactory(published=True, title="Menuiserie", domain=Domain.objects.get())
    client.get(SEARCH)
    assert queries(django_assert_max_num_queries(14), client, f"{SEARCH}?q=menuiserie") == one


@pytest.fixture
def full_training():
    training = TrainingFactory(published=True, title="Reliure d’art", recognition="rncp_title")
    TrainingSessionFactory(action=TrainingActionFactory(training=training, price=1234))
    TrainingCertification.objects.create(training=training, certification=CertificationFactory(code="RNCP98765"))
    return training


def test_training_page_shows_the_items_of_indicator_1(client, full_training):
    content = page(client.get(full_training.get_absolute_url()))
    for heading in (
        *("Prérequis", "Objectifs", "Reconnaissance et certification", "Durée", "Modalités pédagogiques"),
        *("Modalités de financement", "Délais d’accès", "Tarif", "Renseignements", "Méthodes mobilisées"),
        *("Modalités d’évaluation", "Référent handicap", "Accessibilité et handicap", "Mise à jour"),
    ):
        assert heading in content, heading
    assert "RNCP98765" in content
    assert re.search("1\\s234", content)
    assert "Pas encore de résultat" in content
    assert f"{reverse('crc:ask')}?formation={full_training.slug}" in content


def test_result_shows_its_counts_period_and_method(client, full_training):
    ResultIndicatorFactory(training=full_training)
    content = page(client.get(full_training.get_absolute_url()))
    assert "80 sur 100" in content
    assert "Reçus rapportés aux présents." in content
    assert "Pas encore de résultat" not in content


def test_central_project_has_no_price_nor_date(client):
    project = TrainingFactory(central_project=True, published=True, kind="central_project")
    content = page(client.get(project.get_absolute_url()))
    assert "Tarif" not in content
    assert "ne prépare à aucune certification" in content


def test_structured_data_cannot_leave_its_block(client, full_training):
    full_training.title = "</script><script>alert(1)</script>&"
    full_training.save(update_fields=["title"])
    content = page(client.get(full_training.get_absolute_url()))
    assert "<script>alert" not in content
    data = re.search(r'<script type="application/ld\+json">(.*?)</script>', content, re.DOTALL).group(1)
    assert json.loads(data)["name"] == full_training.title
    assert json.loads(data)["offers"][0]["price"] == "1234.00"


def test_replaced_training_leads_to_its_successor(client, full_training):
    old = TrainingFactory(state=TrainingState.CLOSED, closed_at=timezone.now(), successor=full_training)
    response = client.get(old.get_absolute_url())
    assert (response.status_code, response["Location"]) == (301, full_training.get_absolute_url())
    type(full_training).objects.filter(pk=full_training.pk).update(state=TrainingState.DRAFT)
    assert client.get(old.get_absolute_url()).status_code == 404


def test_closing_training_says_it_and_names_its_successor(client, full_training):
    old = TrainingFactory(
        complete=True,
        state=TrainingState.CLOSING,
        published_at=timezone.now(),
        closing_on=timezone.localdate(),
        successor=full_training,
    )
    content = page(client.get(old.get_absolute_url()))
    assert "ne prend plus d’inscription" in content
    assert full_training.get_absolute_url() in content


def test_training_page_reads_as_many_queries_with_one_and_three(client, full_training, django_assert_max_num_queries):
    url = full_training.get_absolute_url()
    one = queries(django_assert_max_num_queries(8), client, url)
    for n in range(3):
        TrainingSessionFactory(action=TrainingActionFactory(training=full_training))
        TrainingCertification.objects.create(training=full_training, certification=CertificationFactory())
        ResultIndicatorFactory(training=full_training, method=f"{n}", kind=["success", "employment", "completion"][n])
    assert queries(django_assert_max_num_queries(8), client, url) == one


def test_entry_shows_its_public_and_its_highlights(client, shelf, django_assert_max_num_queries):
    entry = Entry.objects.create(slug="adultes", title="Adultes", audiences=["eleve"], is_published=True)
    EntryHighlight.objects.create(entry=entry, training=shelf[1])
    EntryHighlight.objects.create(entry=entry, training=shelf[8])
    with django_assert_max_num_queries(12):  # those of the search, and four of the page
        content = page(client.get("/adultes/"))
    assert shelf[0].title in content
    assert shelf[1].title in content
    assert shelf[2].title not in content
    assert shelf[8].title not in content
    assert "2 formations pour ce public" in content


def test_entry_not_published_does_not_exist(client):
    Entry.objects.create(slug="adultes", title="Adultes")
    assert client.get("/adultes/").status_code == 404
    assert client.get("/entreprises/").status_code == 404

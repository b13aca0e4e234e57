import pytest
from django.urls import reverse

from catalogue.enums import TrainingState
from catalogue.models import Occupation, Synonym, Training, UnitMembership
from cned_portal.users.enums import Role
from tests.catalogue.factories import (
    CertificationFactory,
    TrainingActionFactory,
    TrainingFactory,
    TrainingSessionFactory,
)

pytestmark = pytest.mark.django_db
LIST = "/gestion/catalogue/training/"


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    settings.STAFF_MFA_REQUIRED = False


@pytest.fixture
def two_units():
    return TrainingFactory(title="La mienne"), TrainingFactory(title="L’autre")


def test_unit_lead_sees_only_the_trainings_of_given_units(client, staff, two_units):
    mine, other = two_units
    lead = staff(Role.UNIT_LEAD)
    UnitMembership.objects.create(user=lead, unit=mine.unit)
    client.force_login(lead)
    content = client.get(LIST).content.decode()
    assert mine.title in content
    assert other.title not in content
    assert client.get(f"{LIST}{mine.pk}/change/").status_code == 200
    assert client.get(f"{LIST}{other.pk}/change/").status_code == 302
    action = TrainingActionFactory(training=other)
    assert client.get(f"/gestion/catalogue/trainingaction/{action.pk}/change/").status_code == 302


def test_catalogue_manager_sees_every_training(client, staff, two_units):
    client.force_login(staff(Role.CATALOGUE_MANAGER))
    content = client.get(LIST).content.decode()
    assert all(training.title in content for training in two_units)


@pytest.mark.parametrize(
    ("role", "published"), [(Role.CATALOGUE_MANAGER, True), (Role.UNIT_LEAD, False), (Role.AUDITOR, False)]
)
def test_only_catalogue_manager_publishes(client, staff, role, published):
    training = TrainingFactory(complete=True)
    TrainingSessionFactory(action=TrainingActionFactory(training=training))
    user = staff(role)
    UnitMembership.objects.create(user=user, unit=training.unit)
    client.force_login(user)
    client.post(LIST, {"action": "publish", "_selected_action": [training.pk]}, follow=True)
    training.refresh_from_db()
    assert (training.state == TrainingState.PUBLISHED) is published


def test_refused_publication_says_what_is_missing(client, staff):
    training = TrainingFactory(complete=True)
    client.force_login(staff(Role.CATALOGUE_MANAGER))
    content = client.post(LIST, {"action": "publish", "_selected_action": [training.pk]}, follow=True).content.decode()
    assert "Il manque : action de formation." in content


def test_edited_training_is_found_by_its_new_title_once_published(client, staff):
    from catalogue.domain.queries.search import SearchState, search

    training = TrainingFactory(published=True, title="Vannerie")
    TrainingSessionFactory(action=TrainingActionFactory(training=training))
    client.force_login(staff(Role.CATALOGUE_MANAGER))
    url = f"{LIST}{training.pk}/change/"
    form = client.get(url).context["adminform"].form
    Occupation.objects.create(code="B1101", label="Artisan d’exemple")
    data = {name: value if (value := form.initial.get(name)) is not None else "" for name in form.fields}
    data |= {"occupations": "b1101", "formacodes": ""}
    for prefix in ("actions", "certification_links", "indicators"):
        data |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    response = client.post(url, {**data, "title": "Osier"})
    assert response.status_code == 302, response.context["errors"]
    assert search(SearchState(q="osier")).trainings == []
    client.post(f"/gestion/pages/formation/{training.pk}/publication/", {"act": "publier"})
    assert search(SearchState(q="osier")).trainings == [training]
    assert search(SearchState(q="artisan")).trainings == [training]
    assert "Codes inconnus : Z9999." in client.post(url, {**data, "occupations": "Z9999"}).content.decode()


def test_list_reads_as_many_queries_with_one_and_three(client, staff, django_assert_max_num_queries):
    client.force_login(staff(Role.CATALOGUE_MANAGER))
    TrainingActionFactory()
    for url in (LIST, "/gestion/catalogue/trainingaction/", "/gestion/catalogue/certification/"):
        client.get(url)
        with django_assert_max_num_queries(30) as one:
            client.get(url)
        for _ in range(2):
            TrainingActionFactory(training__unit=Training.objects.first().unit)
            CertificationFactory(replaced_by=CertificationFactory())
        with django_assert_max_num_queries(30) as more:
            client.get(url)
        assert len(one) == len(more), url


def test_synonym_is_kept_as_the_search_compares_it(client, staff):
    client.force_login(staff(Role.CATALOGUE_MANAGER))
    client.post(
        reverse("admin:catalogue_synonym_add"), {"phrase": " Aide à  domicile ", "expansions": "vie aux familles"}
    )
    assert Synonym.objects.get().phrase == "aide a domicile"


def test_home_shows_expired_certifications_and_lost_searches(client, staff):
    from datetime import date

    from catalogue.models import SearchMiss, TrainingCertification

    training = TrainingFactory(published=True)
    TrainingCertification.objects.create(
        training=training, certification=CertificationFactory(expires_on=date(2020, 1, 1))
    )
    SearchMiss.objects.create(query="rien", first_seen_on=date(2026, 1, 1), last_seen_on=date(2026, 1, 1))
    client.force_login(staff(Role.CATALOGUE_MANAGER))
    content = client.get("/gestion/").content.decode()
    assert "certification est échue" in content
    assert "Recherches sans résultat" in content
    assert training.title in client.get(f"{LIST}?certification=expired").content.decode()

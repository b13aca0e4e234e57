import html
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from lxml import etree

from catalogue.domain.job_figures import load_job_figures
from catalogue.models import JobFamily, News, Occupation
from cned_portal.demo.catalogue_pages import DATA, STUDY
from tests.catalogue.factories import TrainingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def job():
    return Occupation.objects.create(
        code="K1303", label="Assistant maternel / Assistante maternelle", names=["Nourrice", "Assistante maternelle"]
    )


@pytest.fixture
def figures(job):
    load_job_figures(DATA / "metiers_2030.csv", DATA / "rome_fap.csv", acting_user=None, source=STUDY, year=2022)


def text(response):
    return html.unescape(response.content.decode()).replace("\u202f", " ").replace("\xa0", " ")


def test_job_leads_to_its_trainings_and_says_where_figures_come_from(client, job, figures):
    training = TrainingFactory(published=True, title="CAP Petite enfance")
    hidden = TrainingFactory(title="Brouillon")
    for row in (training, hidden):
        row.occupations.add(job)
    shown = text(client.get("/metiers/k1303/"))
    assert "CAP Petite enfance" in shown
    assert "Brouillon" not in shown
    for said in ("Assistants maternels", "149 000", "+107 000", "4 sur 5", "Dares et France Stratégie", "2022"):
        assert said in shown, said
    assert "Nourrice" in shown
    assert "/metiers/k1303/" in text(client.get(training.get_absolute_url()))


def test_index_lists_only_jobs_with_a_published_training(client, job):
    other = Occupation.objects.create(code="A1101", label="Conducteur / Conductrice d’engins")
    TrainingFactory(published=True).occupations.add(job)
    TrainingFactory().occupations.add(other)
    shown = text(client.get("/metiers/"))
    assert job.label in shown
    assert "1 formation" in shown
    assert other.label not in shown


def test_job_without_figures_says_so(client, job):
    assert "ne donne pas de chiffre" in text(client.get("/metiers/k1303/"))


def test_job_has_one_address(client, job):
    response = client.get("/metiers/K1303/")
    assert (response.status_code, response["Location"]) == (301, "/metiers/k1303/")
    for code in ("z9999", "k13", "x" * 300):
        assert client.get(f"/metiers/{code}/").status_code == 404


def test_figures_loaded_twice_change_nothing(job, figures):
    before = list(JobFamily.objects.order_by("pk").values())
    load_job_figures(DATA / "metiers_2030.csv", DATA / "rome_fap.csv", acting_user=None, source=STUDY, year=2022)
    assert list(JobFamily.objects.order_by("pk").values()) == before
    assert [family.code for family in job.families.all()] == ["T2B"]


def test_job_page_reads_as_many_queries_with_one_and_three(client, job, figures, django_assert_max_num_queries):
    def count():
        with django_assert_max_num_queries(6) as queries:
            client.get("/metiers/k1303/")
        return len(queries)

    TrainingFactory(published=True).occupations.add(job)
    one = count()
    for _ in range(2):
        TrainingFactory(published=True).occupations.add(job)
    assert count() == one


def make_news(days=-1, removed=None, **fields):
    now = timezone.now()
    return News.objects.create(
        slug=f"actu{News.objects.count()}",
        title=f"Nouvelle {News.objects.count()} & suite",
        summary="Un <résumé>.",
        body="Texte.",
        published_at=None if days is None else now + timedelta(days=days),
        removed_at=None if removed is None else now + timedelta(days=removed),
        **fields,
    )


def test_only_news_in_force_is_read(client):
    shown = make_news()
    hidden = [make_news(None), make_news(1), make_news(-9, removed=-1)]
    pages = [text(client.get(address)) for address in ("/actualites/", "/", "/actualites/flux.rss")]
    assert client.get(shown.get_absolute_url()).status_code == 200
    for page in pages:
        assert shown.title.split(" &")[0] in page
    for row in hidden:
        assert client.get(row.get_absolute_url()).status_code == 404
        assert all(row.slug not in page for page in pages)


def test_news_is_not_taken_off_before_it_is_published():
    news = make_news()
    news.removed_at = news.published_at - timedelta(days=1)
    with pytest.raises(ValidationError, match="Le retrait vient après"):
        news.full_clean()


@pytest.mark.parametrize(
    ("address", "root", "link"),
    [
        ("/actualites/flux.rss", "rss", "channel/item/link"),
        ("/formations/nouveautes.rss", "rss", "channel/item/link"),
        ("/actualites/flux.atom", "{http://www.w3.org/2005/Atom}feed", None),
        ("/formations/nouveautes.atom", "{http://www.w3.org/2005/Atom}feed", None),
    ],
)
def test_feed_is_valid_xml_with_absolute_addresses(client, address, root, link):
    make_news()
    TrainingFactory(published=True, title="Menuiserie & <bois>")
    TrainingFactory(title="Brouillon")
    response = client.get(address)
    assert response.status_code == 200
    assert "xml" in response["Content-Type"]
    tree = etree.fromstring(response.content)
    assert tree.tag == root
    assert b"Brouillon" not in response.content
    if link:
        assert [item.text.startswith("http://testserver/") for item in tree.findall(link)] == [True]


@pytest.mark.parametrize("number", ["0", "-1", "9" * 500, "x", "\0"])
def test_hostile_page_number_gets_a_page(client, number):
    assert client.get("/actualites/", {"page": number}).status_code == 200

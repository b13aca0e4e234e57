import html
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cned_portal.common.backoffice import registry
from cned_portal.users.enums import Role
from cned_portal.users.models import User
from crc.domain.help_measures import add_counts
from crc.enums import ArticleState, Public
from crc.models import Article, ArticleDraft, UnansweredQuestion
from tests.crc.factories import ServiceFactory, TopicFactory, make_article, make_ticket

pytestmark = pytest.mark.django_db
LIST = "/gestion/crc/article/"
MEASURE = "/gestion/base-de-connaissances/mesure/"


@pytest.fixture(autouse=True)
def _second_factor_aside(settings):
    settings.STAFF_MFA_REQUIRED = False


@pytest.fixture
def supervisor(client, staff):
    person = staff(Role.CRC_SUPERVISOR)
    client.force_login(person)
    return person


def page(response):
    return html.unescape(response.content.decode())


def written(**changes):
    text = {"title": "Où est ma facture ?", "answer": "Dans votre espace.", "publics": [Public.ADULT]}
    return {**text, "topic": "", "service": "", **changes}


def change(article):
    return f"{LIST}{article.pk}/change/"


def test_supervisor_writes_then_publishes(client, supervisor):
    assert client.post(f"{LIST}add/", written()).status_code == 302
    article = Article.objects.get()
    assert (article.slug, article.state) == ("ou-est-ma-facture", ArticleState.DRAFT)
    client.post(change(article), written(answer="Demandez-la.", _publish="1"))
    article.refresh_from_db()
    assert (article.state, article.answer, article.reviewed_by) == (ArticleState.PUBLISHED, "Demandez-la.", supervisor)


def test_edit_of_a_published_article_waits(client, supervisor):
    article = make_article(answer="Avant")
    shown = page(client.post(change(article), written(answer="Après", _continue="1"), follow=True))
    assert "Le public ne la voit pas" in shown
    assert "Une modification attend" in shown
    assert "Après" in shown
    article.refresh_from_db()
    assert article.answer == "Avant"
    client.post(change(article), written(answer="Après encore", _publish="1"))
    article.refresh_from_db()
    assert article.answer == "Après encore"
    assert not ArticleDraft.objects.exists()
    same = {name: getattr(article, name) for name in ("title", "answer", "publics")}
    shown = page(client.post(change(article), {**written(), **same, "_publish": "1"}, follow=True))
    assert "déjà publié" in shown


@pytest.mark.parametrize(
    "wrong", [{"title": ""}, {"answer": " "}, {"publics": []}, {"publics": ["pirate"]}, {"slug": "suggestions"}]
)
def test_incomplete_article_is_refused(client, supervisor, wrong):
    assert client.post(f"{LIST}add/", written(**wrong)).status_code == 200
    assert not Article.objects.exists()


def test_actions_on_several_articles(client, supervisor):
    draft, old = make_article(state=ArticleState.DRAFT), make_article("Comment payer ?")
    Article.objects.filter(pk=old.pk).update(review_due_on=timezone.localdate() - timedelta(days=1))
    assert [row.pk for row in client.get(LIST, {"relecture": "due"}).context["cl"].result_list] == [old.pk]
    for action in ("publish", "review", "archive"):
        data = {"action": action, "_selected_action": [draft.pk, old.pk]}
        shown = page(client.post(LIST, data, follow=True))
        assert ("déjà publié" in shown) == (action == "publish")
    assert set(Article.objects.values_list("state", flat=True)) == {ArticleState.ARCHIVED}
    assert not Article.objects.filter(reviewed_by=None).exists()


@pytest.mark.parametrize("role", [Role.CRC_AGENT, Role.ESTABLISHMENT_DESK, Role.QUALITY_MANAGER, Role.AUDITOR])
def test_others_read_and_change_nothing(client, staff, role):
    article = make_article(answer="Avant")
    client.force_login(staff(role))
    assert "Élève, étudiant" in page(client.get(change(article)))
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(change(article), written(_archive="1")).status_code == 403
    client.post(LIST, {"action": "archive", "_selected_action": [article.pk]})
    article.refresh_from_db()
    assert (article.state, article.answer) == (ArticleState.PUBLISHED, "Avant")


def test_unit_lead_has_no_part_in_it(client, staff):
    client.force_login(staff(Role.UNIT_LEAD))
    assert client.get(LIST).status_code == 403
    assert client.get(MEASURE).status_code == 403


def test_measure_tells_what_answers_became(client, supervisor):
    article = make_article()
    late = make_article("Comment payer ?", review_due_on=timezone.localdate() - timedelta(days=2))
    today = timezone.localdate()
    for column, times in (("shown", 41), ("opened", 32), ("helped", 23), ("submitted", 14)):
        add_counts([article.pk], column, day=today, by=times)
    add_counts([article.pk], "shown", day=today - timedelta(days=200), by=500)
    UnansweredQuestion.objects.create(query="carte etudiant", count=7, first_seen_on=today, last_seen_on=today)
    UnansweredQuestion.objects.create(query="dite", is_handled=True, first_seen_on=today, last_seen_on=today)
    shown = page(client.get(MEASURE))
    for cell in (41, 32, 23, 14):
        assert f"<td>{cell}</td>" in shown
    assert late.title in shown
    assert "carte etudiant" in shown
    assert ">dite<" not in shown
    assert "<td>541</td>" in page(client.get(MEASURE, {"jours": "365"}))
    assert client.get(MEASURE, {"jours": "pirate"}).status_code == 200


def _queries(client, url):
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    assert not [query["sql"] for query in captured if not query["sql"].startswith(("SELECT", "DECLARE"))]
    return len(captured)


@pytest.mark.parametrize("url", [MEASURE, LIST])
def test_lists_cost_the_same_with_more_articles(client, supervisor, url):
    def more(number):
        article = make_article(
            f"Question {number} ?",
            topic=TopicFactory(),
            service=ServiceFactory(),
            review_due_on=timezone.localdate() - timedelta(days=1),
        )
        add_counts([article.pk], "shown", day=timezone.localdate())
        UnansweredQuestion.objects.create(
            query=f"q {number}", first_seen_on=timezone.localdate(), last_seen_on=timezone.localdate()
        )

    more(1)
    one = _queries(client, url)
    more(2)
    more(3)
    assert _queries(client, url) == one
    assert one <= 12


def test_supervisor_is_told_of_what_must_be_read_again(supervisor, agent):
    make_article(review_due_on=timezone.localdate() - timedelta(days=1))
    provider = next(one for one in registry.todo_providers if one.__name__ == "articles_to_review")
    (item,) = provider(User.objects.get(pk=supervisor.pk))
    assert item.count == 1
    assert provider(User.objects.get(pk=agent.pk)) == []


def test_agent_sees_answers_beside_the_ticket(client, agent):
    service = ServiceFactory(members=[agent])
    article = make_article("Comment envoyer un devoir ?")
    ticket = make_ticket(service=service, subject="Un devoir à envoyer")
    client.force_login(agent)
    shown = page(client.get(f"/gestion/demandes/{ticket.reference}/"))
    assert "Réponses de la base" in shown
    assert article.get_absolute_url() in shown

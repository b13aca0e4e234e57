"""The demonstration's knowledge base: articles, opinions and what the request form proposed. Fictitious."""

import tomllib
import uuid
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from cned_portal.demo.people import STAFF
from cned_portal.users.enums import Role
from cned_portal.users.models import User
from crc.domain import articles
from crc.domain.help_measures import add_counts
from crc.models import Article, UnansweredQuestion

DATA = Path(__file__).parent / "data" / "articles.toml"
NAMESPACE = uuid.UUID("0f1d6a53-6a0e-4d0c-8d5b-3a4f0c3f8a77")
DAYS_SHOWN = 20


def load(services, topics):
    """Add what is missing; what is there already is left as it is."""
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    supervisor = User.objects.get(email=STAFF[Role.CRC_SUPERVISOR][0])
    known = set(Article.objects.values_list("title", flat=True))
    made = {}
    for row in data["article"]:
        if row["title"] not in known:
            made[row["title"]] = _article(row, services, topics, supervisor)
    for row in data["change"]:
        article = made.get(row["title"])
        if article is not None:
            text = {name: getattr(article, name) for name in Article.TEXT} | {"answer": row["answer"].strip()}
            articles.save_article(article, acting_user=supervisor, **text)
    today = timezone.localdate()
    for row in data["unanswered"]:
        UnansweredQuestion.objects.get_or_create(
            query=row["query"],
            defaults={"count": row["count"], "first_seen_on": today - timedelta(days=30), "last_seen_on": today},
        )


def _article(row, services, topics, supervisor):
    article = articles.save_article(
        None,
        title=row["title"],
        answer=row["answer"].strip(),
        publics=row["publics"],
        topic=topics[row["topic"]],
        service=services[row["service"]],
        acting_user=supervisor,
    )
    state = row.get("state", "published")
    if state == "draft":
        return article
    at = timezone.now() - timedelta(days=row.get("read_days_ago", 60 + article.pk % 90))
    article = articles.publish_article(article, at=at, acting_user=supervisor)
    helped, unhelped = row.get("votes", (0, 0))
    for number in range(helped + unhelped):
        key = uuid.uuid5(NAMESPACE, f"{row['title']}-{number}")
        from_form = number % 3 == 0
        articles.vote(article, key=key, helped=number < helped, from_request_form=from_form, acting_user=None)
    for days in range(0, DAYS_SHOWN, 4):
        day = timezone.localdate() - timedelta(days=days)
        add_counts([article.pk], "shown", day=day, by=helped * 2 + 3)
        add_counts([article.pk], "opened", day=day, by=helped + 1)
        add_counts([article.pk], "submitted", day=day, by=unhelped + 1)
    if state == "archived":
        articles.archive_article(article, acting_user=supervisor)
    return article

"""Feeds of the news and of the new trainings, as RSS and Atom."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.syndication.views import Feed
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.feedgenerator import Atom1Feed

from catalogue.models import News, Training

ITEMS = 20


@method_decorator(login_not_required, name="__call__")
class PublicFeed(Feed):
    language = "fr"
    login_required = False  # read by LoginRequiredMiddleware: the address names the object, not its method


class LatestNews(PublicFeed):
    title = "Actualités du portail Cned (démonstration)"
    description = "Ce qui change dans le catalogue et dans les services."
    link = reverse_lazy("catalogue:news")
    feed_url = reverse_lazy("catalogue:news_rss")

    def items(self):
        return News.objects.published().order_by("-published_at", "-pk")[:ITEMS]

    def item_title(self, item):
        return item.title

    def item_description(self, item):
        return item.summary

    def item_pubdate(self, item):
        return item.published_at


class LatestNewsAtom(LatestNews):
    feed_type = Atom1Feed
    subtitle = LatestNews.description
    feed_url = reverse_lazy("catalogue:news_atom")


class NewTrainings(PublicFeed):
    title = "Nouvelles formations du Cned (démonstration)"
    description = "Les formations mises en ligne le plus récemment."
    link = reverse_lazy("catalogue:search")
    feed_url = reverse_lazy("catalogue:trainings_rss")

    def items(self):
        visible = Training.objects.published().only("slug", "title", "summary", "published_at")
        return visible.order_by("-published_at", "-pk")[:ITEMS]

    def item_title(self, item):
        return item.title

    def item_description(self, item):
        return item.summary

    def item_pubdate(self, item):
        return item.published_at


class NewTrainingsAtom(NewTrainings):
    feed_type = Atom1Feed
    subtitle = NewTrainings.description
    feed_url = reverse_lazy("catalogue:trainings_atom")

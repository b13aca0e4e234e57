"""Addresses for search engines: exactly what the public sees."""

from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from catalogue.domain.queries.jobs import jobs_by_domain
from catalogue.models import Entry, News, Training
from crc.models import Article


class TrainingSitemap(Sitemap):
    limit = 5_000

    def items(self):
        return Training.objects.published().only("slug", "updated_on").order_by("pk")

    def lastmod(self, training):
        return training.updated_on


class EntrySitemap(Sitemap):
    def items(self):
        return Entry.objects.filter(is_published=True).order_by("pk")


class NewsSitemap(Sitemap):
    def items(self):
        return News.objects.published().order_by("pk")

    def lastmod(self, news):
        return news.published_at


class JobSitemap(Sitemap):
    def items(self):
        return [job for _, _, jobs in jobs_by_domain() for job in jobs]


class HelpSitemap(Sitemap):
    limit = 5_000

    def items(self):
        return Article.objects.published().only("slug", "published_at").order_by("pk")

    def lastmod(self, article):
        return article.published_at


class PageSitemap(Sitemap):
    def items(self):
        pages = ["home:home", "catalogue:search", "catalogue:jobs", "catalogue:news", "exams:results"]
        return [*pages, "crc:ask", "crc:help"]

    def location(self, name):
        return reverse(name)


SITEMAPS = {
    "pages": PageSitemap,
    "formations": TrainingSitemap,
    "publics": EntrySitemap,
    "metiers": JobSitemap,
    "actualites": NewsSitemap,
    "aide": HelpSitemap,
}

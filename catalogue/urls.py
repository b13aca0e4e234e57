from django.urls import path, register_converter

from catalogue import views
from catalogue.views import feeds


class EntrySlug:
    """Only these: an entry page lives at the root of the site and must not swallow other addresses."""

    regex = "eleves-et-etudiants|adultes|entreprises|administrations|etablissements"

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value


register_converter(EntrySlug, "entry_slug")

app_name = "catalogue"
urlpatterns = [
    path("formations/", views.search, name="search"),
    path("formations/lheo.xml", views.exports.lheo, name="lheo"),
    path("formations/cpf.csv", views.exports.edof, name="edof"),
    path("formations/suggestions/", views.suggestions, name="suggestions"),
    path("formations/nouveautes.rss", feeds.NewTrainings(), name="trainings_rss"),
    path("formations/nouveautes.atom", feeds.NewTrainingsAtom(), name="trainings_atom"),
    path("formations/<slug:slug>/", views.training, name="training"),
    path("formations/<slug:slug>/documentation/", views.brochures.ask, name="brochure_ask"),
    path("documentation/<int:pk>/", views.brochures.progress, name="brochure"),
    path("documentation/<int:pk>/fichier/", views.brochures.download, name="brochure_file"),
    path("comparateur/", views.compare, name="compare"),
    path("favoris/", views.favourites, name="favourites"),
    path("metiers/", views.jobs.index, name="jobs"),
    path("metiers/<slug:code>/", views.jobs.job, name="job"),
    path("actualites/", views.news.index, name="news"),
    path("actualites/flux.rss", feeds.LatestNews(), name="news_rss"),
    path("actualites/flux.atom", feeds.LatestNewsAtom(), name="news_atom"),
    path("actualites/<slug:slug>/", views.news.item, name="news_item"),
    path("publics/documents/<int:pk>/", views.entry_document, name="entry_document"),
    path("publics/<slug:slug>/", views.entry, name="other_entry"),
    path("<entry_slug:slug>/", views.entry, name="entry"),
]

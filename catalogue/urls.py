from django.urls import path, register_converter

from catalogue import views


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
    path("formations/<slug:slug>/", views.training, name="training"),
    path("<entry_slug:slug>/", views.entry, name="entry"),
]

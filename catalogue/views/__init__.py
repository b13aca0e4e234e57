from catalogue.views import brochures, exports, jobs, news
from catalogue.views.compare import compare
from catalogue.views.entries import entry, entry_document
from catalogue.views.favourites import favourites
from catalogue.views.search import search, suggestions
from catalogue.views.trainings import training

__all__ = [
    "brochures",
    "compare",
    "entry",
    "entry_document",
    "exports",
    "favourites",
    "jobs",
    "news",
    "search",
    "suggestions",
    "training",
]

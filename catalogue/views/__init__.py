from catalogue.views.entries import entry
from catalogue.views.search import search
from catalogue.views.trainings import training

__all__ = ["entry", "search", "training"]

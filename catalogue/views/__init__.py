from catalogue.views.public import training

__all__ = ["training"]

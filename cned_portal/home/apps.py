from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "cned_portal.home"
    label = "home"
    verbose_name = "Accueil"

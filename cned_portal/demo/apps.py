from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "cned_portal.demo"
    label = "demo"
    verbose_name = "Démonstration"

from django.apps import AppConfig


class CrcConfig(AppConfig):
    name = "crc"
    verbose_name = "Relation usagers"

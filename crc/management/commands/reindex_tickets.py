from django.core.management.base import BaseCommand

from crc.domain.words import relearn_words


class Command(BaseCommand):
    help = "Refait l’index des mots des demandes. Peut être relancée sans risque."

    def handle(self, *args, **options):
        self.stdout.write(f"{relearn_words()} demandes indexées.")

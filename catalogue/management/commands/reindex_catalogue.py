from django.core.management.base import BaseCommand

from catalogue.domain.indexing import reindex


class Command(BaseCommand):
    help = "Recalcule l’index de recherche des formations et le vocabulaire. Peut être relancée sans effet."

    def handle(self, *args, **options):
        trainings, vocabulary = reindex()
        self.stdout.write(f"{trainings} formations indexées, {vocabulary} mots de vocabulaire.")

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Dit où ouvrir la démonstration, et avec quels comptes."

    def handle(self, *args, **options):
        self.stdout.write(f"\n  Portail            {settings.SITE_URL}/")
        self.stdout.write(f"  Espace de gestion  {settings.SITE_URL}/gestion/")

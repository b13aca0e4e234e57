from django.conf import settings
from django.core.management.base import BaseCommand

from cned_portal.demo.people import DEMO_PASSWORD, accounts


class Command(BaseCommand):
    help = "Dit où ouvrir la démonstration, et avec quels comptes."

    def handle(self, *args, **options):
        self.stdout.write(f"\n  Portail              {settings.SITE_URL}/")
        self.stdout.write(f"  Espace de gestion    {settings.SITE_URL}/gestion/")
        self.stdout.write(f"\n  Comptes de démonstration, mot de passe « {DEMO_PASSWORD} » :")
        for purpose, address in accounts():
            self.stdout.write(f"  {purpose:<26}{address}")
        self.stdout.write("")

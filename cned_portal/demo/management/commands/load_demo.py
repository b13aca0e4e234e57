from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

PARTS = ("people", "catalogue", "learners", "exams", "crc", "quality")


class Command(BaseCommand):
    help = "Remplit un établissement de démonstration, fictif et toujours le même. Peut être relancée sans doublon."

    def handle(self, *args, **options):
        if not settings.DEMO_ALLOWED:
            raise CommandError("La démonstration publie ses mots de passe : elle ne se charge pas en production.")
        call_command("sync_roles", verbosity=0)
        for part in PARTS:
            name = f"cned_portal.demo.{part}"
            if find_spec(name):
                import_module(name).load()
                if options["verbosity"]:
                    self.stdout.write(f"Démonstration : {part}")

from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from cned_portal.demo import scale

PARTS = ("people", "catalogue", "learners", "followup", "organisations", "exams", "crc", "improvements", "quality")


class Command(BaseCommand):
    help = "Remplit un établissement de démonstration, fictif et toujours le même. Peut être relancée sans doublon."

    def add_arguments(self, parser):
        parser.add_argument(
            "--scale", metavar="tickets=1000000", help="ajoute de grands volumes, pour des mesures", default=""
        )

    def handle(self, *args, **options):
        volumes = scale.parse(options["scale"]) if options["scale"] else {}
        if not settings.DEMO_ALLOWED:
            raise CommandError("La démonstration publie ses mots de passe : elle ne se charge pas en production.")
        call_command("sync_roles", verbosity=0)
        for part in PARTS:
            name = f"cned_portal.demo.{part}"
            if find_spec(name):
                import_module(name).load()
                if options["verbosity"]:
                    self.stdout.write(f"Démonstration : {part}")
        scale.load(volumes, self.stdout.write)

from django.core.management.base import BaseCommand
from django.db import transaction

from crc.domain.privacy.rules import load_retention_rules


class Command(BaseCommand):
    help = (
        "Inscrit les durées de conservation qui manquent. Celles qui existent, modifiées ou non, ne changent pas. "
        "Peut être relancée sans effet."
    )

    @transaction.atomic
    def handle(self, *args, **options):
        added = load_retention_rules()
        if options["verbosity"]:
            self.stdout.write(f"{added} durées ajoutées")

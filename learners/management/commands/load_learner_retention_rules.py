from django.core.management.base import BaseCommand

from learners.domain.privacy.rules import load_learner_retention_rules


class Command(BaseCommand):
    help = "Inscrit les durées de conservation des données d’apprenants qui manquent, sans changer les autres."

    def handle(self, *args, **options):
        added = load_learner_retention_rules()
        if options["verbosity"]:
            self.stdout.write(f"Durées ajoutées : {added}")

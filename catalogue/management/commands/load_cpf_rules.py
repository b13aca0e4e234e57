from django.core.management.base import BaseCommand

from catalogue.domain.cpf_rules import load_cpf_rules


class Command(BaseCommand):
    help = "Charge les montants datés du CPF. Peut être relancée sans risque."

    def handle(self, *args, **options):
        self.stdout.write(f"Règles du CPF ajoutées : {load_cpf_rules(acting_user=None)}.")

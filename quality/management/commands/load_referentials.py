from django.core.management.base import BaseCommand

from quality.domain.referentials import load_referentials


class Command(BaseCommand):
    help = "Charge les versions du référentiel national qualité. Peut être relancée sans risque."

    def handle(self, *args, **options):
        for code, number in load_referentials(acting_user=None).items():
            self.stdout.write(f"Référentiel {code} : {number} indicateurs.")

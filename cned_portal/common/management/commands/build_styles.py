from django.core.management.base import BaseCommand

from cned_portal.common.styles import STYLES, build_styles


class Command(BaseCommand):
    """Write the sheets of the design system again: after its upgrade, or for a page that uses something new of it."""

    help = "Réécrit les feuilles de style du système de conception."

    def handle(self, **options):
        for name, text in build_styles().items():
            (STYLES / name).write_text(text, "utf-8")
            self.stdout.write(f"{name} : {len(text) / 1000:.0f} ko")

from django.core.management.base import BaseCommand

from exams.domain.sessions import describe_sessions


class Command(BaseCommand):
    help = "Décrit les sessions du bac et leurs ruptures de série connues. Peut être relancée : rien n’est remplacé."

    def handle(self, *args, **options):
        added = describe_sessions(acting_user=None)
        if options["verbosity"]:
            self.stdout.write(f"{added} ruptures de série ajoutées")

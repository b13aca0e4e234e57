from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from cned_portal.common.spreadsheets import UnreadableFile
from crc.domain.calls import CallsRefused, import_calls


class Command(BaseCommand):
    help = "Importe les comptages téléphoniques d’un fichier CSV ou XLSX, en entier ou pas du tout. Peut être relancée."

    def add_arguments(self, parser):
        parser.add_argument("fichier", type=Path)

    def handle(self, *args, **options):
        try:
            report = import_calls(options["fichier"].read_bytes(), acting_user=None)
        except OSError as error:
            raise CommandError(f"Fichier illisible : {error.filename} ({error.strerror}).") from error
        except UnreadableFile as error:
            raise CommandError(str(error)) from error
        except CallsRefused as refusal:
            for problem in refusal.lines:
                self.stderr.write(f"Ligne {problem.line}, {problem.field} : {problem.reason}")
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            f"Appels : {report.added} ajoutés, {report.changed} mis à jour, {report.unchanged} déjà connus."
        )

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from catalogue.domain.nomenclatures import load_certifications, load_formacodes, load_occupations
from cned_portal.common.spreadsheets import UnreadableFile

LOADERS = {"rncp": load_certifications, "rome": load_occupations, "formacode": load_formacodes}
REFUSED_SHOWN = 50


class Command(BaseCommand):
    help = "Charge une nomenclature nationale depuis ses fichiers publics (CSV). Peut être relancée sans risque."

    def add_arguments(self, parser):
        parser.add_argument("nomenclature", choices=LOADERS)
        parser.add_argument("fichier", type=Path, help="fiches RNCP et RS, codes ROME, ou termes du Formacode")
        parser.add_argument("--appellations", type=Path, help="appellations du ROME")

    def handle(self, *args, **options):
        name = options["nomenclature"]
        try:
            contents = [options["fichier"].read_bytes()]
            if name == "rome" and options["appellations"]:
                contents.append(options["appellations"].read_bytes())
            report = LOADERS[name](*contents, acting_user=None)
        except OSError as error:
            raise CommandError(f"Fichier illisible : {error.filename} ({error.strerror}).") from error
        except UnreadableFile as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{name} : {report.added} ajoutés, {report.changed} modifiés, {report.unchanged} inchangés, "
            f"{len(report.refused)} refusés."
        )
        for line, field, reason in report.refused[:REFUSED_SHOWN]:
            self.stderr.write(f"Ligne {line}, {field} : {reason}")

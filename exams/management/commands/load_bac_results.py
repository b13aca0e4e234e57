from django.core.management.base import BaseCommand, CommandError

from exams.domain.depp_file import UnreadableFile
from exams.domain.loading import SOURCE, LoadRefused, load_results
from exams.enums import Release

SHOWN = 50


class Command(BaseCommand):
    help = (
        "Charge le fichier des résultats du baccalauréat publié par la DEPP (CSV). Peut être relancée sans doublon ; "
        "une ligne refusée annule tout le chargement, sauf avec --garder-les-bonnes-lignes."
    )

    def add_arguments(self, parser):
        parser.add_argument("fichier", help="chemin du fichier CSV")
        parser.add_argument("--dry-run", action="store_true", help="tout vérifier, ne rien garder")
        parser.add_argument(
            "--garder-les-bonnes-lignes",
            action="store_true",
            dest="keep_good_lines",
            help="charger les autres lignes quand certaines sont refusées",
        )
        parser.add_argument("--diffusion", choices=Release.values, default=Release.DEFINITIVE.value, dest="release")
        parser.add_argument("--source", default=SOURCE, help="mention affichée sous les chiffres")

    def handle(self, *args, fichier, **options):
        dry_run = options["dry_run"]
        try:
            report = load_results(
                fichier,
                acting_user=None,
                release=options["release"],
                source=options["source"],
                keep_good_lines=options["keep_good_lines"],
                dry_run=dry_run,
            )
        except UnreadableFile as error:
            raise CommandError(str(error)) from None
        except LoadRefused as refusal:
            self._explain(refusal.report.refused)
            raise CommandError(
                f"{len(refusal.report.refused)} lignes refusées sur {refusal.report.lines} : rien n’a été chargé."
            ) from None
        self._explain(report.refused)
        self.stdout.write(
            f"{report.lines} lignes lues ; résultats ajoutés : {report.created}, corrigés : {report.updated}, "
            f"inchangés : {report.unchanged} ; lignes refusées : {len(report.refused)}"
        )
        if dry_run:
            self.stdout.write("Essai à blanc : rien n’a été gardé.")

    def _explain(self, refused):
        for line in refused[:SHOWN]:
            self.stderr.write(str(line))
        if len(refused) > SHOWN:
            self.stderr.write(f"… et {len(refused) - SHOWN} autres")

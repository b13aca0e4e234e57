from django.apps import AppConfig

from cned_portal.users.enums import Role

_READ = {
    f"exams.view_{model}" for model in ("examsession", "examdates", "seriesbreak", "referenceload", "referenceresult")
}
_DATES = {f"exams.{act}_examdates" for act in ("add", "change", "delete")}
# Where a person stands, beside their request: neither their marks nor their honours.
_REGISTRATIONS = {"exams.view_bacregistration"}


class ExamsConfig(AppConfig):
    name = "exams"
    verbose_name = "Résultats aux examens"
    role_permissions = {
        Role.EXAM_ANALYST: _READ
        | _DATES
        | _REGISTRATIONS
        | {"exams.add_seriesbreak", "exams.change_seriesbreak", "exams.delete_seriesbreak", "exams.add_examsession"}
        | {"exams.handle_candidates"},
        Role.QUALITY_MANAGER: _READ,
        Role.AUDITOR: _READ,
        Role.ADMINISTRATOR: _READ,
        Role.CRC_AGENT: _REGISTRATIONS,
        Role.CRC_SUPERVISOR: _REGISTRATIONS,
    }

    def ready(self):
        from cned_portal.common.history import name_verbs
        from cned_portal.common.outbox.domain.wanted import register_check
        from exams.domain.holding import HOLDING
        from exams.domain.queries.candidates import bac_steps, shows_bac
        from exams.domain.reminders import MAIL, still_wanted
        from learners.domain.holdings import register_holding
        from learners.domain.space import add_section, keep_offline, step_provider

        add_section("Mon baccalauréat", "exams:bac", rank=35, shown_to=shows_bac)
        keep_offline("exams:bac")
        step_provider(bac_steps, shown_to=shows_bac)
        register_holding(HOLDING)
        register_check(MAIL, still_wanted)
        name_verbs(
            {
                "exams.load_results": "Résultats chargés",
                "exams.describe_sessions": "Sessions et ruptures de série décrites",
                "exams.declare_registration": "Épreuves du baccalauréat annoncées",
                "exams.change_registration": "Épreuves du baccalauréat corrigées",
                "exams.say_made": "Inscription au baccalauréat dite faite",
                "exams.confirm_registration": "Inscription au baccalauréat confirmée",
                "exams.withdraw_registration": "Renoncement à des épreuves du baccalauréat",
                "exams.cancel_registration": "Inscription au baccalauréat annulée",
                "exams.declare_result": "Résultat au baccalauréat déclaré",
                "exams.confirm_result": "Résultat au baccalauréat confirmé",
                "exams.import_results": "Résultats au baccalauréat importés",
                "exams.remind": "Rappel d’inscription au baccalauréat envoyé",
            }
        )

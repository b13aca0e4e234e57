from django.apps import AppConfig

from cned_portal.users.enums import Role

_READ = {f"exams.view_{model}" for model in ("examsession", "seriesbreak", "referenceload", "referenceresult")}


class ExamsConfig(AppConfig):
    name = "exams"
    verbose_name = "Résultats aux examens"
    role_permissions = {
        Role.EXAM_ANALYST: _READ
        | {"exams.add_seriesbreak", "exams.change_seriesbreak", "exams.delete_seriesbreak", "exams.add_examsession"},
        Role.QUALITY_MANAGER: _READ,
        Role.AUDITOR: _READ,
        Role.ADMINISTRATOR: _READ,
    }

    def ready(self):
        from cned_portal.common.history import name_verbs

        name_verbs(
            {
                "exams.load_results": "Résultats chargés",
                "exams.describe_sessions": "Sessions et ruptures de série décrites",
            }
        )

from django.apps import AppConfig

from cned_portal.users.enums import Role

_READ = {"learners.view_learnerprofile", "learners.view_enrolment", "learners.view_document"}
_ORGANISATIONS = {
    f"learners.{act}_{model}" for act in ("view", "add", "change") for model in ("organisation", "organisationmember")
} | {"learners.delete_organisationmember"}
_CONFIRM = {"learners.confirm_enrolment", "learners.abandon_enrolment"}
_FOLLOW = {"learners.follow_enrolment", "learners.view_signal", "learners.view_followupattestation"}
_TEACH = {"learners.view_copy", "learners.mark_copy"}
_RULES = {"learners.view_signalrule", "learners.change_signalrule"}
_COURSES = {
    f"learners.{act}_{model}" for act in ("view", "add", "change") for model in ("module", "devoir", "devoirdate")
} | {"learners.delete_devoirdate"}


class LearnersConfig(AppConfig):
    name = "learners"
    verbose_name = "Apprenants et organisations"
    role_permissions = {
        Role.CRC_AGENT: _READ | {"learners.view_every_enrolment", "learners.view_organisation"},
        Role.CRC_SUPERVISOR: _READ
        | _CONFIRM
        | _FOLLOW
        | _RULES
        | {
            "learners.view_every_enrolment",
            "learners.assign_tutor",
            "learners.view_organisation",
            "learners.revoke_document",
        },
        # Those of organisations only.
        Role.ESTABLISHMENT_DESK: _READ | _CONFIRM | _ORGANISATIONS | {"learners.view_organisation_enrolments"},
        # Those of the trainings of the units given to the person.
        Role.UNIT_LEAD: _READ
        | _CONFIRM
        | _FOLLOW
        | _TEACH
        | _COURSES
        | {"learners.assign_tutor"}
        | {"learners.view_unit_enrolments", "learners.view_organisation", "learners.revoke_document"},
        # Those given to the person.
        Role.TUTOR: _READ | _FOLLOW | _TEACH | {"learners.view_tutored_enrolments", "learners.abandon_enrolment"},
        Role.CATALOGUE_MANAGER: _COURSES,
        Role.QUALITY_MANAGER: _RULES | {"learners.view_followupattestation"},
        Role.AUDITOR: {"learners.view_signalrule", "learners.view_followupattestation"},
        # The restricted register: its members read it, the administrator reads who did, and no report.
        Role.SAFEGUARDING: {"learners.view_safeguardingreport", "learners.handle_safeguardingreport"},
        Role.ADMINISTRATOR: _ORGANISATIONS | {"learners.view_reportaccess"},
    }

    def ready(self):
        from cned_portal.common.history import name_verbs
        from learners.domain.queries.courses import homework_steps
        from learners.domain.space import add_section, step_provider

        add_section("Tableau de bord", "learners:space", rank=0)
        add_section("Mes cours", "learners:courses", rank=10)
        add_section("Mes devoirs", "learners:homework", rank=20)
        add_section("Mon calendrier", "learners:calendar", rank=30)
        add_section("Signaler une violence", "learners:report", rank=90)
        step_provider(homework_steps)

        name_verbs(
            {
                "learners.register_learner": "Dossier d’apprenant ouvert ou complété",
                "learners.enrol": "Inscription demandée",
                "learners.confirm_enrolment": "Inscription confirmée",
                "learners.start_enrolment": "Formation commencée",
                "learners.finish_enrolment": "Formation terminée",
                "learners.abandon_enrolment": "Abandon enregistré",
                "learners.cancel_enrolment": "Inscription annulée",
                "learners.request_document": "Document demandé",
                "learners.retry_document": "Document redemandé",
                "learners.revoke_document": "Document révoqué",
                "learners.build_document": "Document préparé",
                "learners.invite_guardian": "Responsable légal invité",
                "learners.accept_guardianship": "Responsabilité d’un mineur acceptée",
                "learners.end_guardianship": "Responsabilité d’un mineur terminée",
                "learners.open_module": "Module ouvert",
                "learners.finish_module": "Module terminé",
                "learners.hand_in": "Devoir rendu",
                "learners.take_copy": "Copie prise pour correction",
                "learners.take_next_copy": "Copie prise pour correction",
                "learners.release_copy": "Copie remise dans la file",
                "learners.mark_copy": "Devoir corrigé",
                "learners.assign_tutor": "Suivi confié à un tuteur",
                "learners.remind": "Relance envoyée",
                "learners.record_contact": "Contact noté",
                "learners.settle_contact": "Suite d’un contact notée",
                "learners.answer_reminder": "Réponse à une relance",
                "learners.refresh_signals": "Signaux du jour relevés",
                "learners.attest_followup": "Suivi vérifié",
                "learners.renew_feed": "Adresse de calendrier donnée",
                "learners.revoke_feed": "Adresse de calendrier supprimée",
                "learners.report_violence": "Signalement reçu",
                "learners.add_to_report": "Signalement complété",
                "learners.recover_documents": "Traitement interrompu constaté",
            }
        )

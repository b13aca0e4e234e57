from django.apps import AppConfig

from cned_portal.users.enums import Role

_REFERENTIAL = {"quality.view_referentialversion", "quality.view_criterion", "quality.view_indicator"}
_RESULTS = {"quality.view_surveyinvitation", "quality.view_survey", "quality.view_surveyquestion"}
_READ = _REFERENTIAL | _RESULTS | {"quality.view_surveyanswer", "quality.view_reportrun"}
_READ_IMPROVEMENTS = {"quality.view_improvement", "quality.view_all_improvements"}
_IMPROVE = _READ_IMPROVEMENTS | {"quality.add_improvement", "quality.check_improvement"}


class QualityConfig(AppConfig):
    name = "quality"
    verbose_name = "Qualité"
    role_permissions = {
        Role.QUALITY_MANAGER: _READ
        | _IMPROVE
        | {
            "quality.decide_improvement",
            "quality.add_reportrun",
            "quality.add_survey",
            "quality.change_survey",
            "quality.add_surveyquestion",
            "quality.change_surveyquestion",
            "quality.delete_surveyquestion",
        },
        Role.AUDITOR: _READ | _READ_IMPROVEMENTS,
        Role.CRC_SUPERVISOR: _RESULTS | _IMPROVE | {"quality.view_reportrun", "quality.add_reportrun"},
        Role.UNIT_LEAD: _REFERENTIAL | {"quality.view_improvement"},
        Role.ADMINISTRATOR: _REFERENTIAL,
    }

    def ready(self):
        from cned_portal.common.history import name_verbs
        from cned_portal.common.outbox.domain.wanted import register_check
        from crc.domain.queries.complaints import bring_follow_ups
        from crc.domain.queries.context import bring_context
        from crc.domain.queries.indicators import bring_measures
        from learners.domain.holdings import register_holding
        from quality.domain.holding import HOLDING
        from quality.domain.queries.desk import DEFINITIONS, actions_after, measure, surveys_of
        from quality.domain.surveys import INVITATION_MAIL, still_wanted

        bring_measures(DEFINITIONS, measure)
        bring_context("Enquêtes de satisfaction", surveys_of)
        bring_follow_ups(actions_after)
        register_holding(HOLDING)
        register_check(INVITATION_MAIL, still_wanted)
        name_verbs(
            {
                "quality.load_referentials": "Référentiel chargé",
                "quality.invite": "Invitation à l’enquête",
                "quality.answer_survey": "Réponse à l’enquête",
                "quality.refuse_surveys": "Refus des enquêtes",
                "quality.request_report": "Rapport demandé",
                "quality.build_report": "Rapport préparé",
                "quality.retry_report": "Rapport redemandé",
                "quality.open_improvement": "Action d’amélioration ouverte",
                "quality.link_complaint": "Réclamation rattachée",
                "quality.decide_improvement": "Action décidée",
                "quality.replan_improvement": "Action replanifiée",
                "quality.start_improvement": "Action commencée",
                "quality.finish_improvement": "Action faite",
                "quality.check_improvement": "Effet vérifié",
                "quality.abandon_improvement": "Action abandonnée",
            }
        )

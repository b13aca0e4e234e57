from django.apps import AppConfig

from cned_portal.users.enums import Role

_READ_SETTINGS = {
    "crc.view_service",
    "crc.view_servicemembership",
    "crc.view_servicecalendar",
    "crc.view_openinginterval",
    "crc.view_closedday",
    "crc.view_specialopening",
    "crc.view_topic",
    "crc.view_routingrule",
    "crc.view_mailbox",
    "crc.view_complaintcause",
    "crc.view_routingdecision",
    "crc.view_tag",
    "crc.view_macro",
}
_EDIT_SETTINGS = _READ_SETTINGS | {
    f"crc.{act}_{model}"
    for model in (
        "servicemembership",
        "openinginterval",
        "closedday",
        "specialopening",
        "topic",
        "routingrule",
        "macro",
    )
    for act in ("add", "change", "delete")
}
_EDIT_SETTINGS |= {
    "crc.add_service",
    "crc.change_service",
    "crc.add_servicecalendar",
    "crc.change_servicecalendar",
    "crc.add_complaintcause",
    "crc.change_complaintcause",
    "crc.add_mailbox",
    "crc.change_mailbox",
    "crc.add_tag",
    "crc.change_tag",
}
_COMPLAINTS = {"crc.view_complaint", "crc.decide_complaint", "crc.review_complaint"}
_MAILS = {"crc.view_inboundmail", "crc.settle_inboundmail", "crc.read_raw_mail"}
_READ_PARTNERS = {"crc.view_partner", "crc.view_webhookendpoint", "crc.view_webhookdelivery"}
_EDIT_PARTNERS = _READ_PARTNERS | {
    "crc.add_partner",
    "crc.change_partner",
    "crc.add_webhookendpoint",
    "crc.change_webhookendpoint",
    "crc.resend_webhookdelivery",
}
_WORK = {
    "crc.view_ticket",
    "crc.answer_ticket",
    "crc.assign_ticket",
    "crc.reroute_ticket",
    "crc.close_ticket",
    "crc.merge_ticket",
}
_READ_FIGURES = {"crc.view_board", "crc.view_indicators", "crc.view_callcount"}


_READ_HELP = {"crc.view_article", "crc.view_suggestioncount", "crc.view_unansweredquestion"}
_EDIT_HELP = _READ_HELP | {
    "crc.add_article",
    "crc.change_article",
    "crc.publish_article",
    "crc.change_unansweredquestion",
}
_READ_EVERYTHING = (
    {"crc.view_ticket", "crc.view_all_tickets", "crc.view_complaint"} | _READ_FIGURES | _READ_SETTINGS | _READ_HELP
)


_PRIVACY = {
    "crc.view_retentionrule",
    "crc.change_retentionrule",
    "crc.view_retentionrun",
    "crc.view_personerasure",
    "crc.view_personexport",
    "crc.add_personexport",
    "crc.erase_person",
    "crc.view_accesslog",
    "crc.view_every_access",
}
_WORK |= {"crc.view_accesslog"}  # of the restricted services where they work


class CrcConfig(AppConfig):
    name = "crc"
    verbose_name = "Relation usagers"
    role_permissions = {
        Role.CRC_AGENT: _WORK | {"crc.view_article", "crc.view_board", "crc.decide_complaint"},
        Role.CRC_SUPERVISOR: _WORK
        | _MAILS
        | _COMPLAINTS
        | _READ_FIGURES
        | _EDIT_SETTINGS
        | _EDIT_HELP
        | _READ_PARTNERS
        | {"crc.view_all_tickets", "crc.add_callcount", "crc.merge_across_requesters", "crc.resend_webhookdelivery"}
        | {"crc.share_savedfilter"},
        Role.ESTABLISHMENT_DESK: _WORK | {"crc.view_establishment_tickets", "crc.view_article", "crc.decide_complaint"},
        Role.QUALITY_MANAGER: _READ_EVERYTHING,
        Role.AUDITOR: _READ_EVERYTHING,
        Role.UNIT_LEAD: {"crc.view_ticket", "crc.view_unit_tickets"},
        Role.ADMINISTRATOR: _EDIT_SETTINGS | _PRIVACY | _EDIT_PARTNERS,
    }

    def ready(self):
        from cned_portal.common.history import name_verbs
        from cned_portal.common.metrics import gauge
        from cned_portal.common.outbox.domain.wanted import register_check
        from crc.domain.escalations import POSTPONED_MAIL, still_wanted
        from crc.domain.privacy.holding import HOLDING
        from crc.domain.queries.context import bac_registrations_of, bring_context, organisation_tickets
        from crc.models import Ticket
        from learners.domain.holdings import register_holding
        from learners.domain.organisations.panels import add_panel
        from learners.domain.space import add_section, keep_offline

        register_holding(HOLDING)
        add_section("Mes demandes", "crc:mine", rank=60)
        keep_offline("crc:door", "apprenant")
        add_panel("Demandes", organisation_tickets)
        bring_context("Baccalauréat", bac_registrations_of)
        name_verbs(
            {
                "crc.save_article": "Article rédigé",
                "crc.publish_article": "Article publié",
                "crc.archive_article": "Article archivé",
                "crc.mark_reviewed": "Article relu",
                "crc.anonymise_ticket": "Demande anonymisée",
                "crc.renew_token": "Nouveau jeton",
                "crc.renew_secret": "Nouveau secret",
                "crc.save_filter": "Filtre enregistré",
                "crc.change_filter": "Filtre modifié",
                "crc.delete_filter": "Filtre supprimé",
            }
        )
        register_check(POSTPONED_MAIL, still_wanted)

        gauge("tickets_to_answer", "Requests that are owed an answer", lambda: Ticket.objects.to_answer().count())
        gauge("tickets_late", "Requests whose promised date has passed", lambda: Ticket.objects.late().count())

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
    "crc.view_routingdecision",
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
    )
    for act in ("add", "change", "delete")
}
_EDIT_SETTINGS |= {
    "crc.add_service",
    "crc.change_service",
    "crc.add_servicecalendar",
    "crc.change_servicecalendar",
    "crc.add_mailbox",
    "crc.change_mailbox",
}
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
}


_READ_HELP = {"crc.view_article", "crc.view_suggestioncount", "crc.view_unansweredquestion"}
_EDIT_HELP = _READ_HELP | {
    "crc.add_article",
    "crc.change_article",
    "crc.publish_article",
    "crc.change_unansweredquestion",
}


class CrcConfig(AppConfig):
    name = "crc"
    verbose_name = "Relation usagers"
    role_permissions = {
        Role.CRC_AGENT: _WORK | {"crc.view_article"},
        Role.CRC_SUPERVISOR: _WORK
        | _MAILS
        | {"crc.view_all_tickets", "crc.resend_webhookdelivery"}
        | _EDIT_SETTINGS
        | _EDIT_HELP
        | _READ_PARTNERS,
        Role.ESTABLISHMENT_DESK: _WORK | {"crc.view_establishment_tickets", "crc.view_article"},
        Role.QUALITY_MANAGER: {"crc.view_ticket", "crc.view_all_tickets"} | _READ_SETTINGS | _READ_HELP,
        Role.AUDITOR: {"crc.view_ticket", "crc.view_all_tickets"} | _READ_SETTINGS | _READ_HELP,
        Role.UNIT_LEAD: {"crc.view_ticket", "crc.view_unit_tickets"},
        Role.ADMINISTRATOR: _EDIT_SETTINGS | _EDIT_PARTNERS,
    }

    def ready(self):
        from cned_portal.common.history import name_verbs
        from cned_portal.common.metrics import gauge
        from crc.models import Ticket

        name_verbs(
            {
                "crc.save_article": "Article rédigé",
                "crc.publish_article": "Article publié",
                "crc.archive_article": "Article archivé",
                "crc.mark_reviewed": "Article relu",
                "crc.renew_token": "Nouveau jeton",
                "crc.renew_secret": "Nouveau secret",
            }
        )
        gauge("tickets_to_answer", "Requests that are owed an answer", lambda: Ticket.objects.to_answer().count())
        gauge("tickets_late", "Requests whose promised date has passed", lambda: Ticket.objects.late().count())

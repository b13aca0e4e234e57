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
    "crc.add_tag",
    "crc.change_tag",
}
_WORK = {
    "crc.view_ticket",
    "crc.answer_ticket",
    "crc.assign_ticket",
    "crc.reroute_ticket",
    "crc.close_ticket",
    "crc.merge_ticket",
}


class CrcConfig(AppConfig):
    name = "crc"
    verbose_name = "Relation usagers"
    role_permissions = {
        Role.CRC_AGENT: _WORK,
        Role.CRC_SUPERVISOR: _WORK | {"crc.view_all_tickets", "crc.merge_across_requesters"} | _EDIT_SETTINGS,
        Role.ESTABLISHMENT_DESK: _WORK | {"crc.view_establishment_tickets"},
        Role.QUALITY_MANAGER: {"crc.view_ticket", "crc.view_all_tickets"} | _READ_SETTINGS,
        Role.AUDITOR: {"crc.view_ticket", "crc.view_all_tickets"} | _READ_SETTINGS,
        Role.UNIT_LEAD: {"crc.view_ticket", "crc.view_unit_tickets"},
        Role.ADMINISTRATOR: _EDIT_SETTINGS,
    }

    def ready(self):
        from cned_portal.common.metrics import gauge
        from crc.models import Ticket

        gauge("tickets_to_answer", "Requests that are owed an answer", lambda: Ticket.objects.to_answer().count())
        gauge("tickets_late", "Requests whose promised date has passed", lambda: Ticket.objects.late().count())

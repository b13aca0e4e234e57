"""Who opened what of a restricted service: noted once in ten minutes, read by its members and administrators."""

import threading
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from cned_portal.users.enums import Role
from crc.domain.attachments import join_files
from crc.domain.mail.ingestion import ingest, keep_mail
from crc.domain.privacy.access_log import record_access
from crc.enums import AccessKind
from crc.models import AccessLog, RoutingRule, ServiceMembership
from tests.crc.factories import ServiceFactory, fallback_service, make_ticket
from tests.crc.privacy.conftest import RAW

pytestmark = pytest.mark.django_db
LOG = "admin:crc_access_log"


@pytest.fixture
def member(staff):
    return staff(Role.CRC_AGENT)


@pytest.fixture
def restricted(member):
    return ServiceFactory(is_restricted=True, members=[member])


@pytest.fixture
def ticket(restricted):
    fallback_service()
    return make_ticket(service=restricted)


def at(text):
    return timezone.make_aware(datetime.fromisoformat(text))


def lines():
    return list(AccessLog.objects.order_by("pk").values_list("ticket", "user", "kind"))


def test_ticket_opened_is_noted_once_in_ten_minutes(client, ticket, member):
    with time_machine.travel(at("2026-10-05 10:00:01"), tick=False):
        client.force_login(member)
        for _ in range(2):
            assert client.get(reverse("admin:crc_ticket", args=[ticket.reference])).status_code == 200
    assert lines() == [(ticket.pk, member.pk, "demande")]
    with time_machine.travel(at("2026-10-05 10:10:01"), tick=False):
        record_access(member, ticket, AccessKind.TICKET)
    assert len(lines()) == 2


def test_ticket_of_an_open_service_is_not_noted(client, staff):
    agent = staff(Role.CRC_AGENT)
    service = fallback_service()
    ServiceMembership.objects.create(user=agent, service=service)
    client.force_login(agent)
    assert client.get(reverse("admin:crc_ticket", args=[make_ticket().reference])).status_code == 200
    assert lines() == []


def test_refused_person_leaves_no_line(client, ticket, staff):
    client.force_login(staff(Role.CRC_SUPERVISOR))
    assert client.get(reverse("admin:crc_ticket", args=[ticket.reference])).status_code == 404
    assert lines() == []


def test_file_and_mail_are_noted(client, desk, member, staff):
    restricted = ServiceFactory(is_restricted=True, members=[member])
    RoutingRule.objects.create(position=1, name="Tout", service=restricted)
    mail, _ = keep_mail(desk.mailbox, RAW)
    ingest(mail.pk)
    mail.refresh_from_db()
    [piece] = join_files(mail.message, [("piece.pdf", b"%PDF-1.7 fictif")])
    client.force_login(member)
    address = reverse("admin:crc_attachment", args=[mail.ticket.reference, piece.pk])
    assert b"".join(client.get(address).streaming_content) == b"%PDF-1.7 fictif"
    assert client.get(reverse("admin:crc_mail_html", args=[mail.pk])).status_code == 200
    client.force_login(staff(Role.CRC_SUPERVISOR))
    assert client.get(reverse("admin:crc_mail", args=[mail.pk])).status_code == 404
    assert "Introuvable" not in client.get(reverse("admin:crc_mails"), {"vue": "tous"}).content.decode()
    key = mail.ticket_id
    assert lines() == [(key, member.pk, "piece"), (key, member.pk, "courriel")]


def test_log_is_read_by_members_and_administrators_only(client, ticket, member, staff):
    record_access(member, ticket, AccessKind.TICKET)
    outsider, supervisor, officer = staff(Role.CRC_AGENT), staff(Role.CRC_SUPERVISOR), staff(Role.ADMINISTRATOR)
    seen = {}
    for user in (member, officer, outsider, supervisor):
        client.force_login(user)
        seen[user] = ticket.reference in client.get(reverse(LOG)).content.decode()
    assert seen == {member: True, officer: True, outsider: False, supervisor: False}
    client.force_login(staff(Role.CATALOGUE_MANAGER))
    assert client.get(reverse(LOG)).status_code == 403


def test_log_of_one_ticket(client, ticket, restricted, member, staff):
    other = make_ticket(topic=ticket.topic)
    for row in (ticket, other):
        record_access(member, row, AccessKind.TICKET)
    client.force_login(staff(Role.ADMINISTRATOR))
    page = client.get(reverse(LOG), {"reference": f" {ticket.reference.lower()} "})
    assert [line.ticket for line in page.context["page"].rows] == [ticket]
    assert client.get(reverse(LOG), {"reference": "n’importe"}).context["page"].rows == []


@pytest.mark.parametrize("number", [1, 3])
def test_log_costs_the_same_with_one_line_or_three(client, ticket, member, staff, number, django_assert_num_queries):
    at = timezone.now()
    for slot in range(number):
        AccessLog.objects.create(ticket=ticket, user=member, kind="demande", at=at - timedelta(hours=slot), slot=slot)
    client.force_login(staff(Role.ADMINISTRATOR))
    client.get(reverse(LOG))
    with django_assert_num_queries(4):
        client.get(reverse(LOG))


def test_log_cannot_be_rewritten(ticket, member):
    record_access(member, ticket, AccessKind.TICKET)
    for act in (lambda: AccessLog.objects.update(kind="piece"), lambda: AccessLog.objects.all().delete()):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            act()
    line = AccessLog.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessLog.objects.create(ticket=ticket, user=member, kind=line.kind, at=line.at, slot=line.slot)


@pytest.mark.django_db(transaction=True)
def test_two_windows_opened_together_leave_one_line(ticket, member):
    ready = threading.Barrier(3)

    def work():
        ready.wait()
        record_access(member, ticket, AccessKind.TICKET)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({line[:3] for line in lines()}) == len(set(AccessLog.objects.values_list("slot"))) == len(lines())

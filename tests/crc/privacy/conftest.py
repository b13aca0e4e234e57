"""A person who left traces everywhere in the desk."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone

from cned_portal.common.outbox.enums import MailState
from cned_portal.common.outbox.models import Mail
from cned_portal.users.enums import Role
from crc.domain.attachments import join_files
from crc.domain.mail.ingestion import ingest, keep_mail
from crc.domain.privacy.rules import load_retention_rules
from crc.domain.tickets import add_note, answer_ticket, assign_ticket, close_ticket, reroute_ticket
from crc.enums import Decision, Kind, Public
from crc.models import InboundMail, Mailbox, Ticket
from tests.crc.factories import ServiceFactory, TopicFactory, make_ticket, settle_complaint
from tests.crc.mail.conftest import raw_mail

NAME, EMAIL = "Zénobie Introuvable", "zenobie.introuvable@exemple.example"
PHONE, SECRET = "06 99 88 77 66", "ornithorynque"
TRACES = ["zénobie", "introuvable", PHONE, SECRET]
RAW = raw_mail(
    f"Bonjour, mon {SECRET} est à {PHONE}.",
    sender=f"{NAME} <{EMAIL}>",
    subject=f"De {NAME}",
    message_id=f"<{EMAIL}.1@exemple.example>",
)


@pytest.fixture
def agent(staff):
    return staff(Role.CRC_AGENT)


@pytest.fixture
def desk(db, agent):
    """A service with an agent, another one, and a mailbox."""
    service = ServiceFactory(fallback=True, members=[agent])
    other = ServiceFactory(members=[agent])
    topic = TopicFactory(code="courriel", label="Courriel")
    mailbox = Mailbox.objects.create(code="contact", address="contact@cned.example", public=Public.ADULT, topic=topic)
    load_retention_rules()
    return SimpleNamespace(service=service, other=other, topic=topic, mailbox=mailbox, agent=agent)


def asked(**fields):
    """A request of the person, by the form."""
    values = {"requester_name": NAME, "requester_email": EMAIL, "requester_phone": PHONE, "subject": f"Mon {SECRET}"}
    return make_ticket(**{**values, "body": f"{NAME} : mon {SECRET}, {EMAIL}", **fields})


def closed(ticket, agent, *, days=0):
    """Answered, then closed, so many days ago."""
    at = timezone.now() - timedelta(days=days)
    ticket.refresh_from_db()
    Ticket.objects.filter(pk=ticket.pk).update(received_at=at - timedelta(days=1))
    answer_ticket(ticket, body=f"Bonjour {NAME}", version=ticket.version, acting_user=agent, at=at)
    if ticket.kind == Kind.COMPLAINT:
        settle_complaint(ticket, agent, findings=f"{NAME} : {SECRET}", corrective_action=f"Écrire à {EMAIL}")
    close_ticket(ticket, reason=f"{NAME} a rappelé", decision=Decision.GRANTED, acting_user=agent, at=at)
    sent = {"state": MailState.SENT, "sent_at": at, "error": f"550 {ticket.requester_email}"}
    Mail.objects.filter(to__iexact=ticket.requester_email).update(**sent)
    ticket.refresh_from_db()
    return ticket


def traced(desk, *, days=0, requester=None):
    """A closed ticket that holds the person in every place: form, files, notes, log, history, mails."""
    ticket = asked(requester=requester)
    message = ticket.messages.get()
    join_files(message, [(f"{NAME}.pdf", b"%PDF-1.7 fictif")])
    add_note(ticket, body=f"Appelé {NAME}", acting_user=desk.agent)
    assign_ticket(ticket, assignee=desk.agent, acting_user=desk.agent)
    reroute_ticket(ticket, service=desk.other, reason=f"{NAME} le demande", acting_user=desk.agent)
    mailed, _ = keep_mail(desk.mailbox, RAW.replace(b"Subject: De", f"Subject: {ticket.reference} de".encode()))
    ingest(mailed.pk)
    ticket.refresh_from_db()
    assert InboundMail.objects.get(pk=mailed.pk).ticket == ticket
    return closed(ticket, desk.agent, days=days)


def traces(words=TRACES):
    """(table, column) of every text of the desk, the outbox and the history where one of the words is read."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
            " AND (table_name LIKE 'crc\\_%%' OR table_name LIKE 'outbox\\_%%' OR table_name LIKE '%%event')"
            " AND data_type IN ('text', 'character varying', 'jsonb', 'json', 'bytea', 'ARRAY', 'tsvector')"
        )
        for table, column, kind in cursor.fetchall():
            text = f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
            for word in words:
                plain = word if kind != "bytea" else word.replace("é", "%")
                cursor.execute(f'SELECT 1 FROM "{table}" WHERE {text} ILIKE %s LIMIT 1', [f"%{plain}%"])
                if cursor.fetchone():
                    found.add((table, column))
    return found

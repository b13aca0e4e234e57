"""What is kept for long enough goes, in place; figures stay, and nothing else may rewrite what is append-only."""

import threading
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from cned_portal.common.outbox.enums import MailState
from cned_portal.common.outbox.models import Mail
from crc.domain.access import can_answer_ticket
from crc.domain.drafts import save_draft
from crc.domain.mail.ingestion import keep_mail
from crc.domain.privacy.anonymise import BODY, NAME, anonymise_ticket
from crc.domain.privacy.retention import apply_retention
from crc.domain.refusals import MoveRefused
from crc.domain.tickets import reopen_ticket
from crc.domain.tracking import find_tracked, tracking_token
from crc.enums import RetentionSubject
from crc.models import (
    AccessLog,
    AnswerDraft,
    Attachment,
    InboundMail,
    LogEntry,
    Message,
    RetentionRule,
    RetentionRun,
    RoutingDecision,
    Ticket,
)
from quality.domain.queries.requests import monthly_requests
from tests.crc.privacy.conftest import EMAIL, RAW, asked, closed, traced, traces
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db
OLD = 3 * 365


def run_days(subject):
    return RetentionRun.objects.get(rule__subject=subject)


def aged(model, field, days=OLD):
    model.objects.update(**{field: timezone.now() - timedelta(days=days)})


def test_person_is_found_nowhere_once_anonymised(desk, learner):
    ticket = traced(desk, days=OLD, requester=learner)
    tables = {table for table, _ in traces()}
    assert tables >= {
        *("crc_ticket", "crc_message", "crc_logentry", "crc_routingdecision", "crc_ticketevent", "crc_attachment"),
        *("crc_inboundmail", "crc_inboundraw", "outbox_mail"),
    }  # the test looks where the person is
    files = list(Attachment.objects.values_list("file", flat=True))
    assert files
    assert all(default_storage.exists(name) for name in files)
    assert apply_retention()
    assert traces() == set()
    assert not Attachment.objects.exists()
    assert not any(default_storage.exists(name) for name in files)
    ticket.refresh_from_db()
    assert (ticket.requester_name, ticket.requester, ticket.requester_phone) == (NAME, None, "")
    assert ticket.requester_email.endswith("@anonyme.invalid")
    assert set(ticket.messages.values_list("body", flat=True)) == {BODY}
    events = Ticket.pgh_event_model.objects.filter(pgh_obj_id=ticket.pk)
    assert not events.exclude(requester=None).exists()
    assert learner.pk not in {(event.pgh_context or {}).get("user") for event in events}
    assert desk.agent.pk in {(event.pgh_context or {}).get("user") for event in events}


def test_figures_do_not_move(desk):
    ticket = traced(desk, days=OLD)
    kept = ["kind", "public", "topic", "service", "state", "received_at", "first_answer_minutes", "resolution_minutes"]
    kept += ["closed_at", "message_count", "reopen_count", "training", "channel", "first_due_at"]
    before = Ticket.objects.filter(pk=ticket.pk).values(*kept).get()
    months = {timezone.localtime(moment).date() for moment in (ticket.received_at, ticket.closed_at)}
    figures = [monthly_requests(month.replace(day=1)) for month in sorted(months)]
    apply_retention()
    assert Ticket.objects.filter(pk=ticket.pk).values(*kept).get() == before
    assert [monthly_requests(month.replace(day=1)) for month in sorted(months)] == figures


def test_second_night_changes_nothing(desk):
    ticket = traced(desk, days=OLD)
    apply_retention()
    ticket.refresh_from_db()
    address, version = ticket.requester_email, ticket.version
    events = Ticket.pgh_event_model.objects.count()
    RetentionRun.objects.all().delete()
    assert apply_retention()
    ticket.refresh_from_db()
    assert (ticket.requester_email, ticket.version) == (address, version)
    assert Ticket.pgh_event_model.objects.count() == events
    assert not RetentionRun.objects.exclude(rows=0).exists()
    assert not anonymise_ticket(ticket.pk, acting_user=None)


@pytest.mark.parametrize(("days", "is_due"), [(729, False), (731, True)])
def test_ticket_waits_for_its_day(desk, days, is_due):
    ticket = closed(asked(), desk.agent, days=days)
    apply_retention()
    ticket.refresh_from_db()
    assert (ticket.anonymised_at is not None) is is_due


def test_open_tickets_and_complaints_of_less_than_five_years_stay(desk):
    opened = asked(at=timezone.now() - timedelta(days=OLD))
    complaint = closed(asked(kind="reclamation"), desk.agent, days=OLD)
    apply_retention()
    assert not Ticket.objects.exclude(anonymised_at=None).filter(pk__in=[opened.pk, complaint.pk]).exists()


def test_inactive_rule_does_nothing(desk):
    ticket = closed(asked(), desk.agent, days=OLD)
    RetentionRule.objects.update(is_active=False)
    assert apply_retention()
    ticket.refresh_from_db()
    assert ticket.anonymised_at is None


def test_interrupted_night_goes_on_at_the_next_visit(desk):
    for _ in range(3):
        closed(asked(), desk.agent, days=OLD)
    assert not apply_retention(seconds=0)
    assert not Ticket.objects.exclude(anonymised_at=None).exists()
    assert apply_retention(batch=2)
    assert Ticket.objects.exclude(anonymised_at=None).count() == 3
    run = run_days(RetentionSubject.INFORMATION)
    assert (run.rows, run.skipped, run.finished_at is not None) == (3, 0, True)


def test_ticket_whose_mail_is_leaving_waits_for_the_next_night(desk):
    ticket = closed(asked(), desk.agent, days=OLD)
    Mail.objects.filter(to=EMAIL).update(state=MailState.SENDING)
    assert apply_retention()
    ticket.refresh_from_db()
    assert ticket.anonymised_at is None
    run = run_days(RetentionSubject.INFORMATION)
    assert (run.rows, run.skipped) == (0, 1)


@pytest.mark.parametrize("model", [Message, LogEntry, RoutingDecision, Ticket.pgh_event_model, AccessLog])
def test_append_only_tables_refuse_again_after_the_erasure(desk, model):
    ticket = traced(desk, days=OLD)
    AccessLog.objects.create(ticket=ticket, user=desk.agent, kind="demande", at=timezone.now(), slot=1)
    with transaction.atomic():
        anonymise_ticket(ticket.pk, acting_user=None)
        column = {"TicketEvent": "subject", "Message": "body", "AccessLog": "kind", "RoutingDecision": "reason"}
        for statement in (f"UPDATE {{}} SET {column.get(model.__name__, 'detail')} = 'x'", "DELETE FROM {}"):
            with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
                connection.cursor().execute(statement.format(model._meta.db_table))
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        connection.cursor().execute(f"DELETE FROM {model._meta.db_table}")


def test_append_only_tables_refuse_after_an_erasure_that_failed(desk, monkeypatch):
    ticket = traced(desk, days=OLD)
    monkeypatch.setattr("crc.domain.privacy.anonymise._erase_history", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        anonymise_ticket(ticket.pk, acting_user=None)
    ticket.refresh_from_db()
    assert ticket.anonymised_at is None
    assert BODY not in set(ticket.messages.values_list("body", flat=True))
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        Message.objects.update(body="x")


def test_anonymised_ticket_changes_no_more(desk):
    ticket = closed(asked(), desk.agent, days=OLD)
    token = tracking_token(ticket)
    assert find_tracked(token) is not None
    apply_retention()
    assert find_tracked(token) is None
    with pytest.raises(MoveRefused):
        reopen_ticket(ticket, acting_user=desk.agent)
    ticket.refresh_from_db()
    assert not can_answer_ticket(desk.agent, ticket)
    with pytest.raises(IntegrityError, match="anonymised_stays_closed"), transaction.atomic():
        Ticket.objects.filter(pk=ticket.pk).update(state="open", closed_at=None, resolution_minutes=None)


def test_erased_mail_is_known_when_delivered_again(desk):
    mail, is_new = keep_mail(desk.mailbox, RAW)
    assert is_new
    InboundMail.objects.update(step="done", kind="bulk")
    aged(InboundMail, "received_at")
    apply_retention()
    mail.refresh_from_db()
    assert mail.erased_at is not None
    assert EMAIL not in mail.key
    assert keep_mail(desk.mailbox, RAW) == (mail, False)
    assert InboundMail.objects.count() == 1


def test_original_goes_before_the_ticket(desk):
    ticket = traced(desk, days=400)
    aged(InboundMail, "received_at", 400)
    apply_retention()
    mail = InboundMail.objects.get(ticket=ticket)
    assert (bytes(mail.raw.content), mail.erased_at) == (b"", None)
    assert mail.from_address == EMAIL


def test_mail_that_waits_is_kept(desk):
    mail, _ = keep_mail(desk.mailbox, RAW)
    aged(InboundMail, "received_at")
    apply_retention()
    assert bytes(InboundMail.objects.get(pk=mail.pk).raw.content) == RAW


def test_copies_of_sent_mails_go_but_not_those_to_send(desk):
    ticket = closed(asked(), desk.agent, days=400)
    aged(Mail, "created_at", 400)
    late = Mail.objects.filter(to=EMAIL).first()
    Mail.objects.filter(pk=late.pk).update(state=MailState.PENDING)
    apply_retention()
    assert list(Mail.objects.filter(purged_at=None)) == [late]
    assert not Mail.objects.exclude(pk=late.pk).exclude(text="", html="").exists()
    ticket.refresh_from_db()
    assert ticket.anonymised_at is None


def test_access_log_is_kept_a_year(desk):
    ticket = asked()
    for days in (364, 366):
        at = timezone.now() - timedelta(days=days)
        AccessLog.objects.create(ticket=ticket, user=desk.agent, kind="demande", at=at, slot=days)
    apply_retention()
    assert list(AccessLog.objects.values_list("slot", flat=True)) == [364]


@pytest.mark.parametrize(("subject", "days"), [("reclamation", 1825), ("demande", 7)])
def test_duration_that_is_too_short_is_refused(desk, subject, days):
    with pytest.raises(IntegrityError), transaction.atomic():
        RetentionRule.objects.filter(subject=subject).update(days=days)


def test_command_adds_what_is_missing_and_changes_nothing(desk, capsys):
    RetentionRule.objects.filter(subject="demande").update(days=1000)
    RetentionRule.objects.filter(subject="alea").delete()
    call_command("load_retention_rules")
    assert "1 durées" in capsys.readouterr().out
    assert RetentionRule.objects.get(subject="demande").days == 1000
    assert RetentionRule.objects.count() == len(RetentionSubject)


def test_ticket_costs_the_same_number_of_queries_whatever_its_thread(desk, django_assert_max_num_queries):
    ticket = traced(desk, days=OLD)
    with django_assert_max_num_queries(32):
        anonymise_ticket(ticket.pk, acting_user=None)


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_night(desk):
    tickets = [closed(asked(), desk.agent, days=OLD) for _ in range(6)]
    aged(Mail, "created_at")
    ready = threading.Barrier(2)
    failures = []

    def work():
        try:
            ready.wait()
            apply_retention(batch=2)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    rows = Ticket.objects.filter(pk__in=[ticket.pk for ticket in tickets])
    assert not rows.filter(anonymised_at=None).exists()
    assert set(rows.values_list("version", flat=True)) == {tickets[0].version + 1}
    assert run_days(RetentionSubject.INFORMATION).rows == 6
    assert traces() == set()


def test_drafts_that_nobody_will_send_are_erased_and_the_others_stay(desk):
    open_ticket, other, closed_ticket = asked(), asked(), asked()
    closed(closed_ticket, desk.agent)
    agents = [desk.agent, UserFactory()]
    _, fresh, _ = (
        AnswerDraft.objects.create(ticket=ticket, agent=agent, body="Bonjour", saved_at=timezone.now() - age)
        for ticket, agent, age in [
            (open_ticket, agents[0], timedelta(days=31)),
            (other, agents[0], timedelta(days=29)),
            (closed_ticket, agents[1], timedelta(0)),
        ]
    )
    assert apply_retention()
    assert list(AnswerDraft.objects.all()) == [fresh]
    assert run_days(RetentionSubject.DRAFTS).rows == 2
    assert apply_retention()
    assert list(AnswerDraft.objects.all()) == [fresh]
    assert run_days(RetentionSubject.DRAFTS).rows == 2, "a second visit of the night does nothing"


def test_draft_touched_again_is_kept(desk):
    ticket = asked()
    draft = AnswerDraft.objects.create(ticket=ticket, agent=desk.agent, body="Bonjour")
    AnswerDraft.objects.update(saved_at=timezone.now() - timedelta(days=40))
    save_draft(ticket, body="Bonjour, je reprends", last_seen=0, acting_user=desk.agent)
    apply_retention()
    assert AnswerDraft.objects.filter(pk=draft.pk).exists()

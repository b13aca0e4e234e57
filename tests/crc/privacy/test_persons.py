"""What a person may ask: to be given what is held about them, to be erased; and the proof that it was done."""

import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.outbox.enums import MailState
from cned_portal.common.outbox.models import Mail
from cned_portal.common.progress import RunState
from cned_portal.users.enums import Role
from crc.domain.mail.ingestion import ingest, keep_mail
from crc.domain.privacy.erasure import OpenTickets, erase_person
from crc.domain.privacy.exports import erase_old_exports, export_person, make_export, recover_exports, retry_export
from crc.domain.privacy.people import find_person
from crc.domain.privacy.retention import apply_retention
from crc.domain.refusals import Refusal
from crc.domain.tickets import add_note, requester_reply
from crc.models import AccessLog, InboundMail, Message, PersonErasure, PersonExport, Service, Ticket
from tests.crc.factories import make_ticket
from tests.crc.mail.conftest import raw_mail
from tests.crc.privacy.conftest import EMAIL, NAME, PHONE, SECRET, asked, closed, traced, traces
from tests.html_checks import html_problems
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db
PERSON = "admin:crc_person"


@pytest.fixture
def officer(staff):
    return staff(Role.ADMINISTRATOR)


@pytest.fixture
def person(desk):
    return find_person(email=f" {EMAIL.upper()} ")


def made(person, officer, **options):
    """The export, made: (run, archive, data)."""
    run = export_person(person, acting_user=officer, **options)
    assert make_export(run.pk)
    run.refresh_from_db()
    with run.file.open("rb") as file:
        archive = zipfile.ZipFile(io.BytesIO(file.read()))
    return run, archive, json.loads(archive.read("donnees.json"))


def test_export_holds_everything_of_the_person_and_of_nobody_else(desk, person, officer):
    ticket = traced(desk)
    other = closed(make_ticket(subject="Autre chose", requester_name="Autre Personne"), desk.agent)
    requester_reply(other, body=f"Je réponds aussi, {SECRET}", sender=EMAIL)
    run, archive, data = made(person, officer)
    assert run.state == RunState.DONE
    [described] = data["demandes"]
    assert (described["reference"], described["nom"], described["telephone"]) == (ticket.reference, NAME, PHONE)
    assert len(described["messages"]) == ticket.messages.count()
    bodies = [message["texte"] for message in described["messages"]]
    assert f"{NAME} : mon {SECRET}, {EMAIL}" in bodies
    assert f"Bonjour {NAME}" in bodies
    assert f"Appelé {NAME}" not in bodies  # an internal note is only counted
    assert [message["sens"] for message in described["messages"]].count("Note interne") == 1
    [file] = [piece["fichier"] for message in described["messages"] for piece in message["pieces_jointes"]]
    assert archive.read(file) == b"%PDF-1.7 fictif"
    [received] = data["courriels_recus"]
    assert SECRET.encode() in archive.read(received["fichier"])
    assert len(data["courriels_envoyes"]) == Mail.objects.filter(to=EMAIL).count()
    assert [message["texte"] for message in data["messages_sur_d_autres_demandes"]] == [f"Je réponds aussi, {SECRET}"]
    page = archive.read("lisez-moi.html").decode()
    assert NAME in page
    assert f'href="{file}"' in page
    everything = archive.read("donnees.json").decode() + page
    assert "Autre chose" not in everything
    assert "Autre Personne" not in everything
    expected = re.compile(r"donnees\.json|lisez-moi\.html|(pieces|courriels)/\d+\.\w+")
    assert all(expected.fullmatch(name) for name in archive.namelist())


def test_notes_are_given_when_asked(desk, person, officer):
    ticket = traced(desk)
    add_note(ticket, body="Rappeler mardi", acting_user=desk.agent)
    _, _, data = made(person, officer, with_notes=True)
    assert "Rappeler mardi" in [message["texte"] for message in data["demandes"][0]["messages"]]


def test_account_finds_tickets_asked_with_another_address(desk, learner, officer):
    ticket = asked(requester=learner, requester_email="ancienne@exemple.example")
    asked(requester=UserFactory(), requester_email="autre@exemple.example")
    person = find_person(account=learner)
    assert person.email == learner.email
    assert list(person.tickets()) == [ticket]
    _, _, data = made(person, officer)
    assert [described["reference"] for described in data["demandes"]] == [ticket.reference]
    assert data["personne"]["compte"]["numero"] == learner.pk


def test_export_delivered_twice_is_made_once_and_deleted_after_a_week(desk, person, officer):
    asked()
    run, _, _ = made(person, officer)
    assert not make_export(run.pk)
    name = run.file.name
    assert erase_old_exports() == 0
    PersonExport.objects.update(created_at=timezone.now() - timedelta(days=7, minutes=1))
    apply_retention()
    run.refresh_from_db()
    assert (run.email, run.account, run.file.name, run.erased_at is not None) == ("", None, "", True)
    assert not default_storage.exists(name)
    with pytest.raises(Refusal):
        retry_export(run, acting_user=officer)


def test_export_that_fails_says_so_and_may_be_asked_again(desk, person, officer, monkeypatch):
    run = export_person(person, acting_user=officer)
    with monkeypatch.context() as patched:
        patched.setattr("crc.domain.privacy.exports.held_about", lambda *args, **options: 1 / 0)
        assert not make_export(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    retry_export(run, acting_user=officer)
    assert make_export(run.pk)


def test_lost_export_is_asked_again(desk, person, officer, monkeypatch):
    run = export_person(person, acting_user=officer)
    PersonExport.objects.update(created_at=timezone.now() - timedelta(minutes=6))
    sent = []
    monkeypatch.setattr("crc.tasks.export_person.delay", sent.append)
    recover_exports()
    assert sent == [run.pk]


def test_open_ticket_refuses_the_erasure_and_is_named(desk, person, officer):
    done = closed(asked(), desk.agent)
    opened = asked()
    with pytest.raises(OpenTickets, match=opened.reference):
        erase_person(person, acting_user=officer)
    done.refresh_from_db()
    assert (done.anonymised_at, PersonErasure.objects.count()) == (None, 0)
    erased = erase_person(person, reason="Demande pressante", acting_user=officer)
    assert (erased.tickets, erased.kept_open) == ([done.reference], [opened.reference])
    opened.refresh_from_db()
    assert (opened.state, opened.requester_email, opened.anonymised_at) == ("new", EMAIL, None)
    assert Mail.objects.filter(to=EMAIL, purged_at=None).count() == 1  # of the open one
    assert erased.erasure.reason == "Demande pressante"


def test_erased_person_is_found_nowhere_and_the_proof_is_found_by_the_address(desk, person, officer):
    traced(desk)
    left_out, _ = keep_mail(desk.mailbox, raw_mail("Publicité", sender=EMAIL, message_id="<2@x>", Precedence="bulk"))
    ingest(left_out.pk)
    other = make_ticket()
    requester_reply(other, body=f"Mon {SECRET}", sender=EMAIL)
    closed(other, desk.agent)
    made(person, officer)
    file = PersonExport.objects.get().file.name
    assert traces()
    erased = erase_person(person, acting_user=officer)
    # The answer to another person repeats what its author wrote: « Bonjour Zénobie » in these tests.
    assert traces([EMAIL, SECRET, PHONE]) == set()
    assert not default_storage.exists(file)
    assert (erased.erasure.tickets, erased.erasure.acting_user) == (1, officer)
    assert list(find_person(email=EMAIL).erasures()) == [erased.erasure]
    assert list(find_person(email="autre@exemple.example").erasures()) == []
    assert EMAIL not in json.dumps(PersonErasure.objects.values().get(), default=str)
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        PersonErasure.objects.update(tickets=0)


def test_messages_of_others_stay(desk, person, officer):
    other = make_ticket(body="Ma question à moi")
    requester_reply(other, body=f"Mon {SECRET}", sender=EMAIL)
    closed(other, desk.agent)
    erase_person(person, acting_user=officer)
    assert Message.objects.filter(body="Ma question à moi").exists()
    assert not Message.objects.filter(body__contains=SECRET).exists()
    other.refresh_from_db()
    assert (other.requester_name, other.anonymised_at) == ("Camille Exemple", None)


def test_complaint_is_kept_five_years_and_the_answer_says_so(desk, person, officer):
    old = closed(asked(kind="reclamation"), desk.agent, days=1830)
    recent = closed(asked(kind="reclamation"), desk.agent, days=1000)
    erased = erase_person(person, acting_user=officer)
    assert (erased.tickets, erased.kept_complaints) == ([old.reference], [recent.reference])
    recent.refresh_from_db()
    assert recent.requester_email == EMAIL


def test_erasure_waits_for_a_mail_that_is_leaving(desk, person, officer):
    ticket = closed(asked(), desk.agent)
    Mail.objects.filter(to=EMAIL).update(state=MailState.SENDING)
    with pytest.raises(Refusal, match="part"):
        erase_person(person, acting_user=officer)
    Mail.objects.filter(to=EMAIL).update(state=MailState.PENDING)
    erase_person(person, acting_user=officer)
    assert set(Mail.objects.values_list("state", flat=True)) == {MailState.CANCELLED}
    ticket.refresh_from_db()
    assert ticket.anonymised_at is not None


def test_second_erasure_finds_nothing(desk, person, officer):
    traced(desk)
    erase_person(person, acting_user=officer)
    again = erase_person(person, acting_user=officer).erasure
    assert (again.tickets, again.mails, again.sent) == (0, 0, 0)


def test_page_counts_exports_and_erases_without_the_address_in_a_link(client, desk, officer):
    traced(desk)
    client.force_login(officer)
    page = client.post(reverse(PERSON), {"email": EMAIL, "act": "chercher"})
    assert page.status_code == 200
    assert dict(page.context["counts"])["Demandes"] == 1
    links = re.findall(r'(?:href|action)="([^"]*)"', page.content.decode())
    assert not [link for link in links if "zenobie" in link]
    asked_for = client.post(reverse(PERSON), {"email": EMAIL, "act": "extraire"})
    run = PersonExport.objects.get()
    assert asked_for["Location"] == run.get_absolute_url()
    make_export(run.pk)
    assert b"ZIP" in client.get(run.get_absolute_url()).content
    file = client.get(reverse("admin:crc_person_export_file", args=[run.pk]))
    assert b"".join(file.streaming_content).startswith(b"PK")
    assert b"Confirmer" in client.post(reverse(PERSON), {"email": EMAIL, "act": "confirmer"}).content
    refused = client.post(reverse(PERSON), {"email": EMAIL, "act": "effacer"})
    assert (refused.status_code, PersonErasure.objects.count()) == (200, 0)
    assert "Cochez cette case" in refused.content.decode()
    done = client.post(reverse(PERSON), {"email": EMAIL, "act": "effacer", "confirmed": "on"}, follow=True)
    assert "1 demande(s) anonymisée(s)" in done.content.decode()
    assert client.get(reverse("admin:crc_person_export_file", args=[run.pk])).status_code == 404


def test_page_says_which_tickets_are_open(client, desk, officer):
    opened = asked()
    client.force_login(officer)
    page = client.post(reverse(PERSON), {"email": EMAIL, "act": "effacer", "confirmed": "on"})
    assert page.status_code == 409
    assert opened.reference in page.content.decode()
    assert Ticket.objects.filter(anonymised_at=None).count() == 1


@pytest.mark.parametrize("act", ["chercher", "confirmer", "effacer"])
def test_pages_of_a_person_are_valid(client, desk, officer, act):
    traced(desk)
    asked()
    made(find_person(email=EMAIL), officer)
    client.force_login(officer)
    page = client.post(reverse(PERSON), {"email": EMAIL, "act": act})
    assert not html_problems(page.content.decode())


def test_page_of_the_export_is_valid(desk, person, officer):
    traced(desk)
    requester_reply(make_ticket(), body="<b>Moi aussi</b>", sender=EMAIL)
    _, archive, _ = made(person, officer)
    assert "&lt;b&gt;Moi aussi" in archive.read("lisez-moi.html").decode()
    assert not html_problems(archive.read("lisez-moi.html").decode())


@pytest.mark.parametrize("role", [Role.CRC_AGENT, Role.CRC_SUPERVISOR, Role.AUDITOR, Role.QUALITY_MANAGER])
def test_page_is_closed_to_the_desk(client, desk, staff, role):
    client.force_login(staff(role))
    assert client.post(reverse(PERSON), {"email": EMAIL, "act": "effacer", "confirmed": "on"}).status_code == 403


@pytest.mark.parametrize("number", [1, 3])
def test_search_costs_the_same_with_one_ticket_or_three(client, desk, officer, number, django_assert_max_num_queries):
    for _ in range(number):
        closed(asked(), desk.agent)
    client.force_login(officer)
    client.post(reverse(PERSON), {"email": EMAIL, "act": "chercher"})
    with django_assert_max_num_queries(20):
        client.post(reverse(PERSON), {"email": EMAIL, "act": "chercher"})


def test_export_of_a_restricted_ticket_is_noted(desk, person, officer):
    ticket = asked(service=desk.other)
    asked(topic=ticket.topic, requester_email="autre@exemple.example")
    asked()
    Service.objects.filter(pk=desk.other.pk).update(is_restricted=True)
    made(person, officer)
    assert list(AccessLog.objects.values_list("ticket", "user", "kind")) == [(ticket.pk, officer.pk, "extraction")]


def test_mail_by_reference_from_the_erased_address_makes_a_new_request(desk, person, officer):
    ticket = closed(asked(), desk.agent)
    erase_person(person, acting_user=officer)
    mail, _ = keep_mail(desk.mailbox, raw_mail(sender=EMAIL, subject=f"Suite {ticket.reference}"))
    ingest(mail.pk)
    mail = InboundMail.objects.get(pk=mail.pk)
    assert mail.ticket != ticket
    assert ticket.messages.count() == 2

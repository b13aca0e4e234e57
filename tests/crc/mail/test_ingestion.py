"""A mail becomes one message of one ticket, whatever is delivered, lost or repeated."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.utils import timezone

from cned_portal.common.outbox.enums import MailState
from cned_portal.common.outbox.models import Mail
from crc.domain.mail import ingestion
from crc.domain.mail.ingestion import ingest, ingest_waiting, keep_mail, leave_out, make_request, retry_mail
from crc.domain.refusals import Refusal
from crc.domain.tickets import answer_ticket, close_ticket, revoke_tracking_links
from crc.enums import Event, MailKind, MailStep, State
from crc.models import Attachment, InboundMail, Mailbox, Ticket
from tests.crc.mail.conftest import raw_mail

pytestmark = pytest.mark.django_db
OTHER = "Intrus Fictif <intrus@ailleurs.example>"


def receive(mailbox, raw, **kwargs):
    mail, _ = keep_mail(mailbox, raw, **kwargs)
    ingest(mail.pk)
    mail.refresh_from_db()
    return mail


def answered(mailbox, agent):
    """A ticket by mail, with an answer that left; (ticket, the mail that left)."""
    ticket = receive(mailbox, raw_mail()).ticket
    answer_ticket(ticket, body="Avant le 15 décembre.", version=ticket.version, acting_user=agent)
    ticket.refresh_from_db()
    return ticket, Mail.objects.latest("pk")


def test_mail_becomes_a_ticket_with_its_acknowledgement(mailbox, service):
    mail = receive(mailbox, raw_mail())
    ticket = Ticket.objects.get()
    assert (mail.step, mail.kind, mail.ticket, mail.message) == ("done", "human", ticket, ticket.messages.get())
    assert (ticket.channel, ticket.public, ticket.topic) == ("courriel", mailbox.public, mailbox.topic)
    assert (ticket.requester_name, ticket.requester_email) == ("Camille Exemple", "camille@exemple.example")
    assert ticket.messages.get().body == "Bonjour,\nquand rendre le premier devoir ?"
    acknowledgement = Mail.objects.get()
    assert acknowledgement.to == "camille@exemple.example"
    assert acknowledgement.reply_to == mailbox.address


@pytest.mark.parametrize("message_id", ["<1@exemple.example>", ""])
def test_mail_delivered_twice_is_one_message(mailbox, message_id):
    raw = raw_mail(message_id=message_id)
    first, again = receive(mailbox, raw), receive(mailbox, raw)
    assert first == again
    assert ingest_waiting() == 0
    assert (Ticket.objects.count(), Mail.objects.count()) == (1, 1)


def test_mail_sent_to_two_mailboxes_is_one_ticket_when_one_service_answers(mailbox):
    other = Mailbox.objects.create(code="autre", address="autre@cned.example", public="eleve", topic=mailbox.topic)
    first, copy = receive(mailbox, raw_mail()), receive(other, raw_mail())
    assert copy.copy_of == first
    assert copy.ticket == first.ticket == Ticket.objects.get()


def test_answer_to_our_mail_joins_its_ticket(mailbox, agent):
    ticket, left = answered(mailbox, agent)
    text = f"Merci !\n\nLe 3 nov. 2026 à 10:12, CRC <contact@cned.example> a écrit :\n> {left.text[:40]}"
    mail = receive(mailbox, raw_mail(text, message_id="<2@e>", In_Reply_To=left.message_id))
    ticket.refresh_from_db()
    assert mail.ticket == ticket
    assert (ticket.state, ticket.messages.count()) == (State.OPEN, 3)
    assert mail.message.said == "Merci !"
    assert mail.message.quoted.startswith("Le 3 nov.")


def test_reference_in_the_subject_is_enough_for_the_requester_alone(mailbox, agent):
    ticket, _ = answered(mailbox, agent)
    subject = f"Re: demande {ticket.reference}"
    assert receive(mailbox, raw_mail(subject=subject, message_id="<2@e>")).ticket == ticket
    stranger = receive(mailbox, raw_mail(subject=subject, message_id="<3@e>", sender=OTHER))
    assert stranger.ticket != ticket
    assert stranger.suspected == ticket
    assert ticket.reference not in "".join(
        Mail.objects.filter(to="intrus@ailleurs.example").values_list("text", flat=True)
    ).replace(subject, "")


@pytest.mark.parametrize(
    "forge", [lambda text: text.replace("@", "0@"), lambda text: text[:-40] + "f" * 20 + text[-20:]]
)
def test_forged_thread_makes_another_ticket(mailbox, agent, forge):
    ticket, left = answered(mailbox, agent)
    mail = receive(mailbox, raw_mail(message_id="<2@e>", sender=OTHER, In_Reply_To=forge(left.message_id)))
    assert mail.ticket != ticket


def test_revoked_links_end_the_threads_too(mailbox, agent):
    ticket, left = answered(mailbox, agent)
    revoke_tracking_links(ticket, acting_user=agent)
    mail = receive(mailbox, raw_mail(message_id="<2@e>", sender=OTHER, In_Reply_To=left.message_id))
    assert mail.ticket != ticket


def test_another_sender_with_our_mail_adds_to_the_ticket_and_reads_nothing(mailbox, agent):
    ticket, left = answered(mailbox, agent)
    mail = receive(mailbox, raw_mail("Pour elle.", message_id="<2@e>", sender=OTHER, In_Reply_To=left.message_id))
    assert (mail.ticket, mail.message.sender) == (ticket, "intrus@ailleurs.example")
    assert not Mail.objects.filter(to="intrus@ailleurs.example").exists()


@pytest.mark.parametrize(
    ("headers", "subject", "kind"),
    [
        ({"Auto_Submitted": "auto-replied"}, "Re: Mon devoir", MailKind.AUTO_REPLY),
        ({}, "Réponse automatique : absence", MailKind.AUTO_REPLY),
        ({"X_Autoreply": "yes"}, "Bonjour", MailKind.AUTO_REPLY),
        ({"Precedence": "bulk"}, "Nos offres", MailKind.BULK),
        ({"List_Unsubscribe": "<mailto:x@y.example>"}, "Nos offres", MailKind.BULK),
        ({"X_Cned_Instance": "localhost:8000"}, "Votre demande", MailKind.OWN),
    ],
)
def test_machine_is_never_answered(mailbox, settings, headers, subject, kind):
    settings.SITE_URL = "http://localhost:8000"
    mail = receive(mailbox, raw_mail(subject=subject, **headers))
    assert (mail.step, mail.kind) == (MailStep.DONE, kind)
    assert not Ticket.objects.exists()
    assert not Mail.objects.exists()


@pytest.mark.parametrize(
    "sender", ["MAILER-DAEMON@mx.example", "postmaster@mx.example", "contact@cned.example", "no-reply@boutique.example"]
)
def test_sender_that_is_no_person_is_never_answered(mailbox, sender):
    receive(mailbox, raw_mail(sender=sender))
    assert not Ticket.objects.exists()
    assert not Mail.objects.exists()


def test_absence_message_joins_quietly(mailbox, agent):
    ticket, left = answered(mailbox, agent)
    before = Mail.objects.count()
    mail = receive(
        mailbox,
        raw_mail("Je suis absent.", message_id="<2@e>", In_Reply_To=left.message_id, Auto_Submitted="auto-replied"),
    )
    ticket.refresh_from_db()
    assert (mail.ticket, ticket.state, ticket.messages.count()) == (ticket, State.ANSWERED, 3)
    assert Mail.objects.count() == before


def test_bounce_marks_the_mail_and_tells_the_agent(mailbox, agent):
    ticket, left = answered(mailbox, agent)
    Mail.objects.filter(pk=left.pk).update(state=MailState.SENT, sent_at=timezone.now())
    text = f"Delivery to the following recipient failed.\n\nMessage-ID: {left.message_id}\n"
    mail = receive(
        mailbox, raw_mail(text, sender="MAILER-DAEMON@mx.example", subject="Undelivered Mail", message_id="<2@e>")
    )
    left.refresh_from_db()
    ticket.refresh_from_db()
    assert (mail.kind, mail.ticket, left.state) == (MailKind.BOUNCE, ticket, MailState.BOUNCED)
    assert (ticket.state, ticket.has_unread, ticket.messages.count()) == (State.ANSWERED, True, 2)
    assert ticket.log.filter(event=Event.BOUNCED).exists()


def test_two_robots_end_their_loop(mailbox):
    for number in range(8):
        receive(mailbox, raw_mail(message_id=f"<{number}@e>"))
    assert Ticket.objects.count() == 8
    assert Mail.objects.count() == 1
    assert Ticket.objects.filter(log__event=Event.ACK_HELD).count() == 7


def test_address_gets_five_acknowledgements_a_day(mailbox):
    for number in range(7):
        at = timezone.now() - timedelta(hours=20) + timedelta(hours=2 * number)
        receive(mailbox, raw_mail(message_id=f"<{number}@e>"), received_at=at)
    assert Mail.objects.count() == 5


def test_closed_ticket_reopens_in_its_window_and_is_followed_afterwards(mailbox, agent):
    ticket, left = answered(mailbox, agent)
    close_ticket(ticket, acting_user=agent)
    assert receive(mailbox, raw_mail(message_id="<2@e>", In_Reply_To=left.message_id)).ticket == ticket
    ticket.refresh_from_db()
    assert ticket.state == State.OPEN
    close_ticket(ticket, acting_user=agent)
    past = timezone.now() - timedelta(days=45)
    Ticket.objects.filter(pk=ticket.pk).update(received_at=past, first_answer_at=past, closed_at=past)
    mail = receive(mailbox, raw_mail(message_id="<3@e>", In_Reply_To=left.message_id))
    assert mail.ticket != ticket
    assert mail.ticket.follows == ticket
    stranger = receive(mailbox, raw_mail(message_id="<4@e>", sender=OTHER, In_Reply_To=left.message_id))
    assert (stranger.ticket.follows, stranger.suspected) == (None, ticket)
    assert stranger.ticket.requester_email == "intrus@ailleurs.example"


def test_files_are_joined_and_what_is_dangerous_is_refused(mailbox):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Camille <c@exemple.example>", "contact@cned.example", "Pièces"
    mail.set_content("Voici mes pièces.")
    mail.add_attachment(b"%PDF-1.7 fictif", maintype="application", subtype="pdf", filename="../../etc/devoir.pdf")
    mail.add_attachment(b"MZ\x90\x00", maintype="application", subtype="pdf", filename="facture.pdf")
    mail.add_attachment(b"<script>", maintype="text", subtype="html", filename="page.html")
    message = receive(mailbox, mail.as_bytes()).message
    kept, program, page = message.attachments.order_by("pk")
    assert (kept.name, kept.state, kept.content_type) == (".._.._etc_devoir.pdf", "unscanned", "application/pdf")
    assert "devoir" not in kept.file.name
    assert {program.state, page.state} == {"refused"}
    assert not program.file
    assert "accepté" in page.reason


def test_mail_too_large_is_answered_with_the_form(mailbox):
    mail = receive(mailbox, raw_mail("x" * (26 * 1024 * 1024)))
    assert (mail.step, mail.is_truncated, mail.ticket) == (MailStep.DONE, True, None)
    assert len(mail.raw.content) < 300_000
    assert Mail.objects.get().kind == "crc/email/mail_too_large"


def test_mail_without_sender_is_put_aside_with_its_reason(mailbox):
    mail = receive(mailbox, raw_mail(sender="personne"))
    assert (mail.step, mail.reason) == (MailStep.PARKED, "Ce courriel n’a pas d’expéditeur à qui répondre.")
    assert not Ticket.objects.exists()


def test_poison_is_put_aside_and_the_next_mails_pass(mailbox, monkeypatch):
    poison, _ = keep_mail(mailbox, raw_mail())
    fine, _ = keep_mail(mailbox, raw_mail(message_id="<2@e>"))
    real = ingestion.parse

    def parse(raw):
        if b"<1@" in raw:
            raise ValueError("secret du demandeur")
        return real(raw)

    monkeypatch.setattr(ingestion, "parse", parse)
    assert ingest_waiting() == 2
    poison.refresh_from_db()
    assert (poison.step, poison.reason) == (MailStep.PARKED, "Ce courriel n’a pas pu être lu (ValueError).")
    assert InboundMail.objects.get(pk=fine.pk).ticket is not None
    monkeypatch.undo()
    retry_mail(poison, acting_user=None)
    assert ingest_waiting() == 1
    assert Ticket.objects.count() == 2


def test_mail_that_kills_its_workers_is_put_aside(mailbox):
    mail, _ = keep_mail(mailbox, raw_mail())
    for _ in range(3):  # what a worker leaves that dies while it reads
        InboundMail.objects.filter(pk=mail.pk).update(attempts=mail.attempts + 1, lease_until=timezone.now())
        mail.refresh_from_db()
    assert ingest(mail.pk)
    mail.refresh_from_db()
    assert mail.step == MailStep.PARKED


def test_person_makes_a_request_of_a_mail_left_out(mailbox, agent):
    mail = receive(mailbox, raw_mail(Precedence="bulk"))
    ticket = make_request(mail, acting_user=agent)
    mail.refresh_from_db()
    assert (mail.ticket, mail.kind) == (ticket, MailKind.HUMAN)
    with pytest.raises(Refusal):
        make_request(mail, acting_user=agent)
    assert Ticket.objects.count() == 1


def test_person_leaves_out_what_was_put_aside(mailbox, agent):
    mail = receive(mailbox, raw_mail(sender="personne"))
    leave_out(mail, acting_user=agent)
    mail.refresh_from_db()
    assert mail.step == MailStep.DONE
    with pytest.raises(Refusal):
        leave_out(mail, acting_user=agent)


def test_html_is_cleaned_and_read_as_text(mailbox):
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "Camille <c@exemple.example>", "Bonjour"
    mail.set_content(
        "<p>Bonjour</p><script>alert(1)</script><img src=https://mouchard.example/x.png onerror=alert(1)>"
        "<a href='javascript:alert(1)'>ici</a><p style='position:fixed'>Merci</p>",
        subtype="html",
    )
    kept = receive(mailbox, mail.as_bytes())
    for danger in ("script", "img", "onerror", "javascript", "style", "mouchard"):
        assert danger not in kept.html
    assert "Bonjour" in kept.message.body
    assert "<" not in kept.message.body
    assert Attachment.objects.count() == 0

"""What people see of mails: the quote folded, the layout that runs nothing, the files, the decisions."""

import pytest
from django.urls import reverse

from cned_portal.users.enums import Role
from crc.domain.attachments import join_files
from crc.domain.mail.ingestion import ingest, keep_mail
from crc.domain.tracking import tracking_token
from crc.enums import MailStep
from crc.models import Attachment, Ticket
from tests.crc.factories import ServiceFactory
from tests.crc.mail.conftest import raw_mail

pytestmark = pytest.mark.django_db
QUOTING = "Merci.\n\nLe 3 nov. 2026 à 10:12, CRC <contact@cned.example> a écrit :\n> Bonjour"


@pytest.fixture
def supervisor(staff):
    return staff(Role.CRC_SUPERVISOR)


def receive(mailbox, raw):
    mail, _ = keep_mail(mailbox, raw)
    ingest(mail.pk)
    mail.refresh_from_db()
    return mail


def test_quote_is_folded_and_never_lost(client, mailbox, agent):
    ticket = receive(mailbox, raw_mail(QUOTING)).ticket
    client.force_login(agent)
    for url in (
        reverse("admin:crc_ticket", args=[ticket.reference]),
        reverse("crc:tracking", args=[tracking_token(ticket)]),
    ):
        page = client.get(url).text
        assert "<summary" in page
        assert "&gt; Bonjour" in page.split("<summary")[1]


def test_layout_runs_nothing_and_is_for_readers_of_the_ticket(client, mailbox, agent, staff):
    raw = raw_mail("<p>Bonjour</p><script>alert(1)</script>").replace(b"text/plain", b"text/html")
    mail = receive(mailbox, raw)
    url = reverse("admin:crc_mail_html", args=[mail.pk])
    client.force_login(agent)
    answer = client.get(url)
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "alert" not in answer.text
    outsider = staff(Role.CRC_AGENT)
    ServiceFactory(members=[outsider])
    client.force_login(outsider)
    assert client.get(url).status_code == 404


def test_original_is_for_supervisors(client, mailbox, agent, supervisor):
    mail = receive(mailbox, raw_mail())
    url = reverse("admin:crc_mail_raw", args=[mail.pk])
    client.force_login(agent)
    assert client.get(url).status_code == 403
    client.force_login(supervisor)
    answer = client.get(url)
    assert answer.content == raw_mail()
    assert answer["Content-Type"] == "application/octet-stream"
    assert "attachment" in answer["Content-Disposition"]


def test_supervisor_makes_a_request_of_a_mail_left_out(client, mailbox, supervisor):
    mail = receive(mailbox, raw_mail(Precedence="list"))
    client.force_login(supervisor)
    assert "Mon premier devoir" in client.get(reverse("admin:crc_mails"), {"vue": "ecartes"}).text
    page = client.get(reverse("admin:crc_mail", args=[mail.pk]))
    assert "En faire une demande" in page.text
    client.post(reverse("admin:crc_mail_settle", args=[mail.pk]), {"act": "demande"})
    assert Ticket.objects.get().requester_email == "camille@exemple.example"
    assert client.post(reverse("admin:crc_mail_settle", args=[mail.pk]), {"act": "rien"}).status_code == 404


def test_mail_put_aside_waits_on_the_home_page(client, mailbox, supervisor):
    mail = receive(mailbox, raw_mail(sender="personne"))
    client.force_login(supervisor)
    assert "Courriels mis de côté" in client.get(reverse("admin:index")).text
    client.post(reverse("admin:crc_mail_settle", args=[mail.pk]), {"act": "ecarter"})
    mail.refresh_from_db()
    assert mail.step == MailStep.DONE


def test_list_costs_the_same_for_more_mails(client, mailbox, supervisor, django_assert_max_num_queries):
    client.force_login(supervisor)
    receive(mailbox, raw_mail(message_id="<0@e>", Precedence="bulk"))
    client.get(reverse("admin:crc_mails"))
    for number in (1, 2, 3):
        receive(mailbox, raw_mail(message_id=f"<{number}@e>", Precedence="bulk"))
    with django_assert_max_num_queries(12):
        client.get(reverse("admin:crc_mails"), {"vue": "tous"})


class TestFiles:
    @pytest.fixture
    def ticket(self, mailbox):
        return receive(mailbox, raw_mail()).ticket

    @pytest.fixture
    def file(self, ticket):
        return join_files(ticket.messages.get(), [("devoir.pdf", b"%PDF-1.7 fictif")])[0]

    def test_requester_downloads_it_and_nothing_runs(self, client, ticket, file):
        answer = client.get(reverse("crc:tracking_file", args=[tracking_token(ticket), file.pk]))
        assert b"".join(answer.streaming_content) == b"%PDF-1.7 fictif"
        assert "attachment" in answer["Content-Disposition"]
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"

    def test_link_of_another_ticket_opens_nothing(self, client, mailbox, file):
        other = receive(mailbox, raw_mail(message_id="<9@e>", sender="x@ailleurs.example")).ticket
        assert client.get(reverse("crc:tracking_file", args=[tracking_token(other), file.pk])).status_code == 404

    def test_file_of_a_note_is_never_the_requester_s(self, client, ticket, agent):
        from crc.domain.tickets import add_note

        note = add_note(ticket, body="Interne", acting_user=agent)
        hidden = join_files(note, [("dossier.pdf", b"%PDF-1.7 interne")])[0]
        assert client.get(reverse("crc:tracking_file", args=[tracking_token(ticket), hidden.pk])).status_code == 404
        client.force_login(agent)
        answer = client.get(reverse("admin:crc_attachment", args=[ticket.reference, hidden.pk]))
        assert b"".join(answer.streaming_content) == b"%PDF-1.7 interne"

    @pytest.mark.parametrize("state", ["pending"])
    def test_file_that_waits_for_the_antivirus_is_closed(self, client, ticket, file, state):
        Attachment.objects.filter(pk=file.pk).update(state=state)
        url = reverse("crc:tracking_file", args=[tracking_token(ticket), file.pk])
        assert client.get(url).status_code == 404
        assert "en cours d’analyse" in client.get(reverse("crc:tracking", args=[tracking_token(ticket)])).text

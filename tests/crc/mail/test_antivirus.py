"""Files are closed until the antivirus has read them; the daemon of the tests speaks clamd's protocol."""

import socketserver
import struct
import threading

import pytest

from crc.domain.attachments import join_files, scan_attachments
from crc.domain.mail.ingestion import ingest, keep_mail
from crc.enums import AttachmentState
from tests.crc.mail.conftest import raw_mail

pytestmark = pytest.mark.django_db
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd(socketserver.BaseRequestHandler):
    def handle(self):
        file = self.request.makefile("rb")
        assert file.read(10) == b"zINSTREAM\0"
        content = b""
        while length := struct.unpack("!L", file.read(4))[0]:
            content += file.read(length)
        self.request.sendall(b"stream: Eicar-Test FOUND\0" if EICAR in content else b"stream: OK\0")


@pytest.fixture
def clamd(settings):
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clamd)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.CLAMD_ADDRESS = f"127.0.0.1:{server.server_address[1]}"
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def message(mailbox):
    mail, _ = keep_mail(mailbox, raw_mail())
    ingest(mail.pk)
    mail.refresh_from_db()
    return mail.message


def test_clean_file_opens_and_virus_is_destroyed(clamd, message):
    fine, virus = join_files(message, [("a.txt", b"bonjour"), ("b.txt", EICAR)])
    assert {fine.state, virus.state} == {AttachmentState.PENDING}
    assert scan_attachments() == 2
    name = virus.file.name
    fine.refresh_from_db()
    virus.refresh_from_db()
    assert (fine.state, virus.state, virus.file.name) == ("clean", "infected", "")
    assert virus.reason
    assert fine.file.storage.exists(name), "destroyed when the transaction ends"


def test_daemon_that_is_away_leaves_the_file_closed(settings, message):
    settings.CLAMD_ADDRESS = "127.0.0.1:1"
    (file,) = join_files(message, [("a.txt", b"bonjour")])
    assert scan_attachments() == 0
    file.refresh_from_db()
    assert (file.state, file.attempts, file.is_open) == (AttachmentState.PENDING, 1, False)


def test_without_an_antivirus_files_are_said_not_scanned(settings, message):
    settings.CLAMD_ADDRESS = ""
    (file,) = join_files(message, [("a.txt", b"bonjour")])
    assert (file.state, file.is_open) == (AttachmentState.UNSCANNED, True)

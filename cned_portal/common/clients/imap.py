"""An IMAP mailbox: read what is there, and move away what was kept elsewhere."""

import imaplib
from contextlib import contextmanager, suppress


class ImapError(Exception):
    """The server refused or did not answer."""


class ImapMailbox:
    """A selected folder. `messages` gives (uid, bytes); a message leaves by `set_aside`, once it is safe elsewhere."""

    def __init__(self, connection):
        self._connection = connection

    def uids(self, most):
        """Oldest first, those not deleted."""
        answer = self._ask("UID", "SEARCH", None, "UNDELETED")
        return (answer[0] or b"").split()[:most]

    def message(self, uid, limit):
        """Bytes of a message, its first `limit` bytes at most; None when it is gone. It stays unread on the server."""
        for item in self._ask("UID", "FETCH", uid.decode(), f"(UID BODY.PEEK[]<0.{limit}>)"):
            if isinstance(item, tuple):
                return item[1]
        return None

    def set_aside(self, uid, folder):
        """Take a message out of the inbox: into the folder when there is one, else deleted."""
        if folder:
            self._ask("UID", "COPY", uid.decode(), f'"{folder}"')
        self._ask("UID", "STORE", uid.decode(), "+FLAGS.SILENT", r"(\Deleted)")

    def expunge(self):
        self._ask("EXPUNGE")

    def _ask(self, command, *arguments):
        try:
            if command == "UID":
                status, answer = self._connection.uid(*arguments)
            else:
                status, answer = self._connection.expunge()
        except (imaplib.IMAP4.error, OSError) as error:
            raise ImapError(type(error).__name__) from error
        if status != "OK":
            raise ImapError(f"{arguments[0] if arguments else command} refused")
        return answer


@contextmanager
def imap_mailbox(*, host, port, user, password, folder="INBOX", use_tls=True, timeout=60):
    """A selected folder of an account; raises ImapError."""
    connection = None
    try:
        kind = imaplib.IMAP4_SSL if use_tls else imaplib.IMAP4
        connection = kind(host, port, timeout=timeout)
        connection.login(user, password)
        status, _ = connection.select(f'"{folder}"')
        if status != "OK":
            raise ImapError("folder refused")
    except (imaplib.IMAP4.error, OSError) as error:
        if connection is not None:
            with suppress(Exception):
                connection.shutdown()
        raise ImapError(type(error).__name__) from error
    try:
        yield ImapMailbox(connection)
    finally:
        with suppress(Exception):
            connection.logout()
        with suppress(Exception):  # a server that hung up makes the line above stop short
            connection.shutdown()

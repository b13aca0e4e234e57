"""Bringing mails in from IMAP. A mail leaves the server once it is kept, never before; read twice, it is kept once."""

import logging
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from cned_portal.common.clients.imap import ImapError, imap_mailbox
from crc.domain.mail.ingestion import keep_mail
from crc.domain.mail.parsing import MAX_BYTES
from crc.models import Mailbox

logger = logging.getLogger(__name__)

BATCH = 200  # mails of one mailbox in one visit
_LOCK = 7_301_939  # advisory locks of mailboxes, beside the mailbox's key


def fetch_every_mailbox():
    """Visit each IMAP mailbox; number of new mails. One that does not answer does not hold up the others."""
    new = 0
    for mailbox in Mailbox.objects.filter(is_active=True).exclude(imap_host=""):
        try:
            new += fetch_mailbox(mailbox)
        except ImapError as error:
            logger.error("mailbox %s could not be read", mailbox.code, extra={"error": str(error)})
    return new


def fetch_mailbox(mailbox, *, use_tls=None):
    """Keep what waits in a mailbox, then take it off the server; number of new mails. Raises ImapError.

    Two visits at once are one: the second leaves. A mail whose move fails is seen again next time, and known.
    """
    with _alone(mailbox) as is_alone:
        if not is_alone:
            return 0
        return _fetch(mailbox, settings.MAILBOX_TLS if use_tls is None else use_tls)


def _fetch(mailbox, use_tls):
    new = 0
    account = {
        "host": mailbox.imap_host,
        "port": mailbox.imap_port,
        "user": mailbox.imap_user,
        "password": settings.MAILBOX_PASSWORDS.get(mailbox.code, ""),
    }
    with imap_mailbox(**account, folder=mailbox.imap_folder, use_tls=use_tls) as box:
        for uid in box.uids(BATCH):
            raw = box.message(uid, MAX_BYTES + 1)
            if not raw:
                continue
            _, is_new = keep_mail(mailbox, raw)
            new += is_new
            box.set_aside(uid, mailbox.imap_done_folder)
        box.expunge()
    return new


@contextmanager
def _alone(mailbox):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK, mailbox.pk])
        taken = cursor.fetchone()[0]
        try:
            yield taken
        finally:
            if taken:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK, mailbox.pk])

"""Files joined to messages: judged by their content, stored under random names, closed until known to be harmless."""

import hashlib
import logging

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q

from cned_portal.common.files import RefusedFile, file_type
from cned_portal.common.scanning import destroy_after_commit, scan_waiting
from crc import tasks
from crc.enums import AttachmentState
from crc.models import Attachment, MessageOrigin

logger = logging.getLogger(__name__)

MAX_BYTES = 10 * 1024 * 1024
MAX_FILES = 5
MAIL_MAX_FILES = 20
TOO_MANY = "Trop de pièces dans ce courriel."


def join_files(message, files):
    """Join `files`, pairs (name, bytes), to a message, in its transaction; the rows made.

    A file that is refused leaves a row that says why, and nothing else.
    """
    rows = []
    for rank, (name, content) in enumerate(files):
        attachment = Attachment(
            message=message,
            name=name[:150] or "sans nom",
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )
        try:
            if rank >= MAIL_MAX_FILES:
                raise RefusedFile(TOO_MANY)
            if len(content) > MAX_BYTES:
                raise RefusedFile("Ce fichier dépasse 10 Mo.")
            kind = file_type(name, content)
        except RefusedFile as refusal:
            attachment.state, attachment.reason = AttachmentState.REFUSED, str(refusal)
            attachment.save()
        else:
            attachment.content_type = kind.content_type
            attachment.state = AttachmentState.PENDING if settings.CLAMD_ADDRESS else AttachmentState.UNSCANNED
            attachment.file.save(f"file.{kind.extension}", ContentFile(content), save=False)
            attachment.save()
        rows.append(attachment)
    if any(row.state == AttachmentState.PENDING for row in rows):
        transaction.on_commit(lambda: tasks.scan_attachments.apply_async(retry=False), robust=True)
    return rows


def open_attachment(messages, pk):
    """(row, open file) of a file joined to one of these messages, once it may be read; else None."""
    readable = [AttachmentState.CLEAN, AttachmentState.UNSCANNED]
    copied = MessageOrigin.objects.filter(message__in=messages).values("original")  # a split copies texts alone
    joined = Q(message__in=messages) | Q(message__in=copied)
    attachment = Attachment.objects.filter(joined, pk=pk, state__in=readable).first()
    if attachment is None:
        return None
    try:
        return attachment, attachment.file.open("rb")
    except FileNotFoundError:
        logger.error("file of attachment %s is missing", attachment.pk)
        return None


def scan_attachments(*, most=200):
    """Have the antivirus read what waits, the oldest first; number of files settled."""
    waiting = Attachment.objects.filter(state=AttachmentState.PENDING).order_by("created_at", "pk")
    return scan_waiting(waiting, settle=_settle, failed=_count_attempt, most=most)


def _count_attempt(attachment):
    Attachment.objects.filter(pk=attachment.pk).update(attempts=attachment.attempts + 1)


def _settle(attachment, virus):
    if virus:
        destroy_after_commit(attachment.file)
        attachment.state, attachment.file = AttachmentState.INFECTED, ""
        attachment.reason = "L’antivirus a trouvé un programme malveillant : le fichier est détruit."
        attachment.save(update_fields=["state", "file", "reason"])
        return
    attachment.state = AttachmentState.CLEAN
    attachment.save(update_fields=["state"])

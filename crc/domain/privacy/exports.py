"""What the desk holds about a person, in a file that a person reads and a program too."""

import hashlib
import json
import logging
import tempfile
import zipfile
from datetime import datetime, timedelta

from django.apps import apps
from django.core.files import File
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from cned_portal.common.progress import RunState
from cned_portal.common.verbs import verb
from crc import tasks
from crc.domain.privacy.access_log import record_accesses
from crc.domain.privacy.people import find_person
from crc.domain.refusals import Refusal
from crc.enums import AccessKind
from crc.models import PersonExport

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=7)
FAILURE = "L’extraction n’a pas pu être préparée. Vous pouvez recommencer ; si cela dure, prévenez un administrateur."
HIDDEN = "[texte non communiqué]"


@verb
def export_person(person, *, with_notes=False, acting_user):
    """Record the wish for a file of all that is known of a person; a worker makes it after the commit.

    `with_notes` adds the text of internal notes, which are only counted otherwise.
    """
    run = PersonExport.objects.create(
        person=person.hash,
        email=person.email,
        account=person.account,
        with_notes=with_notes,
        requested_by=acting_user,
    )
    _ask_worker(run.pk)
    return run


@verb
def retry_export(run, *, acting_user):
    """Ask again for a file that failed. Raises Refusal when it did not, or was erased since."""
    if run.erased_at or not PersonExport.objects.retry(run.pk):
        raise Refusal("Cette extraction est déjà prête, en préparation ou effacée.")
    _ask_worker(run.pk)


def make_export(pk):
    """Make the file once, however often the message is delivered; True when this call made it."""
    if not PersonExport.objects.claim(pk):
        return False
    try:
        return _make(PersonExport.objects.select_related("account", "requested_by").get(pk=pk))
    except Exception:
        logger.exception("person export %s could not be made", pk)
        PersonExport.objects.fail(pk, FAILURE)
        return False


def recover_exports():
    """Take up what a dead worker left, ask again for what no message announces any more."""
    PersonExport.objects.free_stuck()
    for pk in PersonExport.objects.lost():
        tasks.export_person.delay(pk)


def erase_old_exports(*, most=500):
    """Delete the files made more than a week ago, with the addresses they were made for; number of exports."""
    old = PersonExport.objects.filter(erased_at=None, created_at__lt=timezone.now() - KEPT_FOR)
    return _erase(old.exclude(state=RunState.RUNNING).order_by("pk")[:most])


def erase_exports_of(person):
    """Delete every file made for a person; number of exports."""
    return _erase(PersonExport.objects.filter(person=person.hash, erased_at=None))


def _erase(runs):
    """The file first: a worker killed in between leaves a row, by which it is found again."""
    done = 0
    for run in runs:
        if run.file:
            run.file.storage.delete(run.file.name)
        PersonExport.objects.filter(pk=run.pk).update(file="", email="", account=None, erased_at=timezone.now())
        PersonExport.objects.fail(run.pk, "Cette extraction est effacée.")
        done += 1
    return done


def _make(run):
    person = find_person(email=run.email, account=run.account)
    with tempfile.TemporaryFile() as made:
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            held = held_about(
                person,
                archive,
                with_notes=run.with_notes,
                reader=run.requested_by,
                advance=lambda percent: PersonExport.objects.advance(run.pk, percent),
            )
            text = json.dumps(held, ensure_ascii=False, indent=2, default=_plain)
            archive.writestr("donnees.json", text)
            archive.writestr("lisez-moi.html", render_to_string("crc/privacy/export.html", {"held": held}))
        digest = hashlib.sha256()
        made.seek(0)
        while block := made.read(1 << 20):
            digest.update(block)
        made.seek(0)
        name = PersonExport.objects.store_file(run.pk, File(made), folder="exports")
    if PersonExport.objects.filter(file=name).succeed(run.pk, sha256=digest.hexdigest()):
        return True
    run.file.storage.delete(name)
    return False


def held_about(person, archive, *, with_notes=False, reader=None, advance=lambda percent: None):
    """Everything, under keys that the documentation explains; the files go straight into the archive.

    `reader` is the member of staff it is made by, None when the person asked for it themselves.
    """
    tickets = list(person.tickets().select_related("service", "topic", "training").order_by("received_at", "pk"))
    restricted = [ticket.pk for ticket in tickets if ticket.service.is_restricted]
    elsewhere = list(person.written_elsewhere().select_related("ticket__service"))
    restricted += [message.ticket_id for message in elsewhere if message.ticket.service.is_restricted]
    if reader is not None:
        record_accesses(reader, sorted(set(restricted)), AccessKind.EXPORT)
    received = person.mails().select_related("ticket", "raw").defer("html")
    described = []
    for rank, ticket in enumerate(tickets):
        advance(95 * rank // len(tickets))
        described.append(_ticket(ticket, with_notes, archive))
    return {
        "etabli_le": timezone.localtime(),
        "personne": {
            "adresse": person.email,
            "compte": None if person.account is None else _account(person.account),
        },
        "demandes": described,
        "messages_sur_d_autres_demandes": [_message(message, False, archive) for message in elsewhere],
        "courriels_recus": [_received(mail, archive) for mail in received],
        "courriels_envoyes": [_sent(mail) for mail in person.sent()],
        "reclamations": _complaints(tickets),
    }


def _account(account):
    return {"numero": account.pk, "nom": account.get_full_name(), "adresse": account.email}


def _ticket(ticket, with_notes, archive):
    messages = ticket.messages.select_related("ticket").prefetch_related("attachments").order_by("created_at", "pk")
    return {
        "reference": ticket.reference,
        "nature": ticket.get_kind_display(),
        "canal": ticket.get_channel_display(),
        "public": ticket.get_public_display(),
        "langue": ticket.get_language_display(),
        "sujet": ticket.topic.label,
        "service": ticket.service.name,
        "formation": ticket.training.title if ticket.training else None,
        "nom": ticket.requester_name,
        "adresse": ticket.requester_email,
        "telephone": ticket.requester_phone,
        "objet": ticket.subject,
        "etat": ticket.get_state_display(),
        "recue_le": ticket.received_at,
        "premiere_reponse_le": ticket.first_answer_at,
        "close_le": ticket.closed_at,
        "messages": [_message(message, with_notes, archive) for message in messages],
    }


def _message(message, with_notes, archive):
    hidden = message.is_note and not with_notes
    return {
        "demande": message.ticket.reference,
        "sens": message.get_direction_display(),
        "ecrit_le": message.created_at,
        "texte": HIDDEN if hidden else message.body,
        "pieces_jointes": [] if hidden else [_joined(piece, archive) for piece in message.attachments.all()],
    }


def _joined(piece, archive):
    """A file goes into the archive under its key, never under a name that its sender chose, once it may be read."""
    described = {"nom": piece.name, "taille": piece.size, "etat": piece.get_state_display(), "fichier": None}
    if piece.is_open and _add(archive, piece):
        described["fichier"] = _path(piece)
    return described


def _path(piece):
    return f"pieces/{piece.pk}.{piece.file.name.rpartition('.')[2]}"


def _add(archive, piece):
    try:
        with piece.file.open("rb") as source, archive.open(_path(piece), "w") as target:
            while block := source.read(1 << 20):
                target.write(block)
    except FileNotFoundError:
        logger.error("file of attachment %s is missing", piece.pk)
        return False
    return True


def _received(mail, archive):
    content = bytes(mail.raw.content)
    path = f"courriels/{mail.pk}.eml" if content else None
    if path:
        archive.writestr(path, content)
    return {
        "recu_le": mail.received_at,
        "nature": mail.get_kind_display(),
        "expediteur": mail.from_address,
        "nom": mail.from_name,
        "objet": mail.subject,
        "demande": mail.ticket.reference if mail.ticket else None,
        "fichier": path,
    }


def _sent(mail):
    return {
        "envoye_le": mail.sent_at,
        "destinataire": mail.to,
        "objet": mail.subject,
        "etat": mail.get_state_display(),
        "texte": mail.text,
    }


def _complaints(tickets):
    """Rows of the complaints of these tickets, where the desk keeps such rows."""
    try:
        model = apps.get_model("crc", "Complaint")
    except LookupError:
        return []
    rows = model._default_manager.filter(ticket__in=[ticket.pk for ticket in tickets]).select_related("ticket")
    return [
        {str(field.verbose_name): getattr(row, field.attname) for field in model._meta.concrete_fields}
        for row in rows.order_by("pk")
    ]


def _plain(value):
    return timezone.localtime(value).isoformat() if isinstance(value, datetime) else str(value)


def _ask_worker(pk):
    # A broker that is down does not undo the request: `recover_exports` asks again.
    transaction.on_commit(lambda: tasks.export_person.apply_async((pk,), retry=False), robust=True)

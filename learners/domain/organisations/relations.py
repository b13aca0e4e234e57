"""Verbs of the desk on an organisation: papers, agreements, contacts, points to settle."""

import hashlib
import uuid

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from cned_portal.common.files import RefusedFile, file_type
from cned_portal.common.verbs import verb
from learners.domain.refusals import Refusal
from learners.models import Agreement, OpenPoint, OrganisationContact, OrganisationFile

FILE_MAX_BYTES = 10 * 1024 * 1024


@verb
def add_file(organisation, *, kind, title, name, content, acting_user, quote=None):
    """Keep a paper, judged by its content; the same one twice is one. Raises Refusal when it is not a document."""
    if len(content) > FILE_MAX_BYTES:
        raise Refusal("Ce fichier dépasse 10 Mo.")
    try:
        found = file_type(name, content)
    except RefusedFile as error:
        raise Refusal(str(error)) from None
    digest = hashlib.sha256(content).hexdigest()
    storage = OrganisationFile._meta.get_field("file").storage
    stored = storage.save(f"organisations/{uuid.uuid4().hex}.{found.extension}", ContentFile(content))
    try:
        with transaction.atomic():
            return OrganisationFile.objects.create(
                organisation=organisation,
                quote=quote,
                kind=kind,
                title=title,
                file=stored,
                extension=found.extension,
                content_type=found.content_type,
                sha256=digest,
                added_by=acting_user,
            )
    except IntegrityError:
        storage.delete(stored)
        raise Refusal("Ce document est déjà dans le dossier.") from None


@verb
def add_agreement(organisation, *, title, starts_on, ends_on, shares_grades, paper, acting_user):
    return Agreement.objects.create(
        organisation=organisation,
        title=title,
        starts_on=starts_on,
        ends_on=ends_on,
        shares_grades=shares_grades,
        paper=paper,
    )


@verb
def add_contact(organisation, *, acting_user, **fields):
    return OrganisationContact.objects.create(organisation=organisation, **fields)


@verb
def end_contact(contact, *, acting_user, at=None):
    """The person is the contact no more. Ending twice changes nothing."""
    OrganisationContact.objects.filter(pk=contact.pk, ended_at__isnull=True).update(ended_at=at or timezone.now())


@verb
def open_point(organisation, *, title, owner, due_on, acting_user):
    return OpenPoint.objects.create(organisation=organisation, title=title, owner=owner, due_on=due_on)


@verb
def resolve_point(point, *, resolution, acting_user, at=None):
    """Raises Refusal when it is settled already."""
    settled = OpenPoint.objects.open().filter(pk=point.pk)
    if not settled.update(resolved_at=at or timezone.now(), resolution=resolution):
        raise Refusal("Ce point est déjà réglé.")

"""A training's page as a document: asked for by a visitor, made by a worker, the same file for the same text."""

import hashlib
import logging
import uuid
from datetime import timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from catalogue import tasks
from catalogue.domain.queries.pages import training_page
from catalogue.models import Brochure, Training
from cned_portal.common.pdf import render_pdf
from cned_portal.common.progress import RunState
from cned_portal.common.verbs import verb

logger = logging.getLogger(__name__)

TEMPLATE = "catalogue/pdf/training.html"
STUCK_AFTER = timedelta(minutes=10)
LOST_AFTER = timedelta(minutes=5)
KEPT_FOR = timedelta(days=30)
FAILURE = "La documentation n’a pas pu être préparée. Vous pouvez recommencer ; si cela dure, écrivez-nous."
CHANGED = "La page vient de changer : demandez à nouveau la documentation."


@verb
def request_brochure(training, *, acting_user):
    """The brochure of what the page says now: the one already made, or a new one that a worker makes after the commit.

    None when the training is not published any more.
    """
    context = _context(training.slug)
    if context is None:
        return None
    brochure, is_new = Brochure.objects.get_or_create(training=training, fingerprint=_fingerprint(context))
    if is_new or Brochure.objects.retry(brochure.pk):
        brochure.refresh_from_db()
        # A broker that is down does not undo the request: `recover_brochures` asks again.
        transaction.on_commit(lambda: tasks.build_brochure.apply_async((brochure.pk,), retry=False), robust=True)
    return brochure


def build_brochure(pk):
    """Make the file once, however often the message is delivered; True when this call made it."""
    if not Brochure.objects.claim(pk):
        return False
    try:
        return _make(Brochure.objects.select_related("training").get(pk=pk))
    except Exception:
        logger.exception("brochure %s could not be made", pk)
        Brochure.objects.fail(pk, FAILURE)
        return False


def _make(brochure):
    context = _context(brochure.training.slug)
    if context is None or _fingerprint(context) != brochure.fingerprint:
        Brochure.objects.fail(brochure.pk, CHANGED)
        return False
    content = render_pdf(TEMPLATE, context)
    storage = Brochure._meta.get_field("file").storage
    name = storage.save(f"documentations/{uuid.uuid4().hex}.pdf", ContentFile(content))
    if Brochure.objects.succeed(brochure.pk, file=name):
        return True
    storage.delete(name)
    return False


def recover_brochures():
    """Take up what a dead worker left, ask again for what no message announces, empty the old ones."""
    Brochure.objects.free_stuck(after=STUCK_AFTER)
    now = timezone.now()
    lost = Brochure.objects.filter(state=RunState.PENDING, created_at__lt=now - LOST_AFTER)
    for pk in lost.order_by("pk").values_list("pk", flat=True)[:500]:
        tasks.build_brochure.delay(pk)
    finished = [RunState.DONE, RunState.FAILED]
    for brochure in Brochure.objects.filter(state__in=finished, finished_at__lt=now - KEPT_FOR).order_by("pk")[:500]:
        brochure.delete()
        if brochure.file:
            brochure.file.storage.delete(brochure.file.name)


def _context(slug):
    page = training_page(slug, among=Training.objects.published())
    if page is None:
        return None
    footer = f"Page mise à jour le {page.training.updated_on:%d/%m/%Y}" if page.training.updated_on else ""
    return {
        "title": page.training.title,
        "page": page,
        "training": page.training,
        "footer": footer,
        "site_url": settings.SITE_URL,
    }


def _fingerprint(context):
    """Identity of the document: the same text gives the same file."""
    return hashlib.sha256(render_to_string(TEMPLATE, context).encode()).hexdigest()

"""Reports: asked for by a verb, made once by a worker however often the message comes."""

import logging

import pghistory
from django.db import IntegrityError, transaction
from django.utils import timezone

from cned_portal.common.charts import bar_chart
from cned_portal.common.pdf import render_pdf
from cned_portal.common.progress import RunState
from cned_portal.common.refusals import Refusal
from cned_portal.common.verbs import verb
from crc.domain.queries.indicators import indicator_lines
from crc.domain.queries.periods import previous_month
from quality import tasks
from quality.domain.queries.register import register_of
from quality.domain.queries.requests import monthly_requests
from quality.enums import ReportKind
from quality.models import ReportRun

logger = logging.getLogger(__name__)

FAILURE = "Le rapport n’a pas pu être préparé. Vous pouvez recommencer ; si cela dure, prévenez un administrateur."


@verb
def request_report(*, month, service=None, kind=ReportKind.MONTHLY_REQUESTS, acting_user):
    """Record the wish for a report; a worker builds it after the commit.

    Two clicks give one report: the one in preparation is returned. Raises Refusal for a month that has not begun.
    """
    if month > timezone.localdate():
        raise Refusal("Ce mois n’a pas commencé.")
    asked = {"kind": kind, "month": month.replace(day=1), "service": service}
    waiting = ReportRun.objects.filter(**asked, state__in=[RunState.PENDING, RunState.RUNNING])
    try:
        with transaction.atomic():
            run = ReportRun.objects.create(**asked, requested_by=acting_user)
    except IntegrityError:
        return waiting.get()
    _ask_worker(run.pk)
    return run


@verb
def retry_report(run, *, acting_user):
    """Ask again for a report that failed. Raises Refusal when it did not."""
    try:
        with transaction.atomic():
            asked = ReportRun.objects.retry(run.pk)
    except IntegrityError:  # another one was asked for since
        asked = False
    if not asked:
        raise Refusal("Ce rapport est déjà prêt ou en préparation.")
    _ask_worker(run.pk)


def build_report(pk):
    """Make a report once, however often the message is delivered; True when this call made it."""
    with pghistory.context(verb="quality.build_report"):
        if not ReportRun.objects.claim(pk):
            return False
        try:
            return _build(pk)
        except Exception:
            logger.exception("report %s could not be made", pk)
            ReportRun.objects.fail(pk, FAILURE)
            return False


def _build(pk):
    run = ReportRun.objects.select_related("service").get(pk=pk)
    figures = monthly_requests(run.month, run.service)
    ReportRun.objects.advance(pk, 25)
    before = monthly_requests(previous_month(run.month), run.service)
    ReportRun.objects.advance(pk, 50)
    content = render_pdf("quality/pdf/monthly_requests.html", report_context(run, figures, before))
    ReportRun.objects.advance(pk, 90)
    return ReportRun.objects.succeed_with_file(pk, content, folder="reports")


def report_context(run, figures, before):
    """What the document shows."""
    return {
        "title": "Les demandes du mois",
        "footer": "Document de démonstration, chiffres fictifs",
        "run": run,
        "figures": figures,
        "before": before,
        "register": register_of(run.month, run.service),
        "lines": indicator_lines(figures.desk, before.desk),
        "made_at": timezone.localtime(),
        "charts": [
            bar_chart(
                title=title,
                bars=[(label, float(number)) for label, number in counts],
                label_header=header,
                value_header="Demandes",
            )
            for title, header, counts in (
                ("Demandes reçues selon le public", "Public", figures.by_public),
                ("Demandes reçues selon la nature", "Nature", figures.by_kind),
                ("Demandes reçues selon le sujet", "Sujet", figures.by_topic),
            )
        ],
        "scores": bar_chart(
            title="Notes de satisfaction",
            bars=[(f"{score} sur 5", float(number)) for score, number in figures.satisfaction.distribution],
            label_header="Note",
            value_header="Réponses",
        ),
    }


def recover_reports():
    """Fail what a dead worker left, ask again for what no message announces any more; (freed, asked again)."""
    with pghistory.context(verb="quality.recover_reports"):
        freed = ReportRun.objects.free_stuck()
    keys = ReportRun.objects.lost()
    for pk in keys:
        tasks.build_report.delay(pk)
    return freed, len(keys)


def _ask_worker(pk):
    # A broker that is down does not undo the request: `recover_reports` asks again.
    transaction.on_commit(lambda: tasks.build_report.apply_async((pk,), retry=False), robust=True)

"""The restricted register: reports written once, what is done of them added, each access noted in the same gesture."""

import secrets

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.verbs import verb
from cned_portal.users.enums import Role
from cned_portal.users.models import User
from learners.domain.notifications import notify
from learners.domain.refusals import Refusal
from learners.enums import ReportAccessKind
from learners.models import ReportAccess, ReportEntry, SafeguardingReport
from learners.validators import DOCUMENT_CODE_ALPHABET

REFERENCE_LENGTH = 8
# Checked with the services that hold them: the State's information pages.
HELPLINES = (
    ("17 ou 112", "danger immédiat : police, gendarmerie, secours (114 par SMS)"),
    ("119", "enfant en danger ou en risque de l’être, à toute heure, gratuit"),
    ("3919", "violences faites aux femmes, anonyme et gratuit"),
    ("3018", "harcèlement et violences en ligne, jeunes et parents, gratuit"),
)


@verb
def report_violence(*, kind, reported_as, facts, acting_user, client_key, contact="", is_anonymous=True, at=None):
    """Write a report in the register and tell its members that one came, without a word of it.

    `acting_user` is kept only when the person chose to give their name. Sent twice, it is written once.
    """
    twin = SafeguardingReport.objects.filter(client_key=client_key).first()
    if twin is not None:
        return twin
    report = SafeguardingReport.objects.create(
        reference="".join(secrets.choice(DOCUMENT_CODE_ALPHABET) for _ in range(REFERENCE_LENGTH)),
        received_at=at or timezone.now(),
        kind=kind,
        reported_as=reported_as,
        facts=facts,
        reporter=None if is_anonymous else acting_user,
        contact="" if is_anonymous else contact,
        client_key=client_key,
    )
    for member in User.objects.with_role(Role.SAFEGUARDING).filter(is_active=True):
        notify(
            member,
            event="report_received",
            key=f"report_received:{report.pk}:{member.pk}",
            context={"name": member.get_full_name(), "url": reverse("admin:learners_reports")},
        )
    return report


@verb
def add_to_report(report, *, kind, text, acting_user, client_key, at=None):
    """Add a fact, an action, a transmission or the outcome. Raises Refusal when there is an outcome already."""
    twin = ReportEntry.objects.filter(client_key=client_key).first()
    if twin is not None:
        return twin
    try:
        with transaction.atomic():
            entry = ReportEntry.objects.create(
                report=report, kind=kind, text=text, by=acting_user, client_key=client_key, at=at or timezone.now()
            )
    except IntegrityError:
        raise Refusal("Ce signalement a déjà une issue : ajoutez une action ou une précision.") from None
    note_access(acting_user, ReportAccessKind.WRITE, report)
    return entry


def note_access(user, kind, report=None):
    """Note that a member of the register opened its list, read a report or added to it."""
    ReportAccess.objects.create(report=report, user=user, kind=kind)


def open_register(user):
    """The reports, newest first, for a member of the register; the access is noted."""
    reports = SafeguardingReport.objects.open_to(user).with_closed()
    note_access(user, ReportAccessKind.LIST)
    return reports


def open_report(user, pk):
    """A report and what was added to it, for a member of the register; the access is noted. None when it is not one."""
    report = SafeguardingReport.objects.open_to(user).with_closed().select_related("reporter").filter(pk=pk).first()
    if report is not None:
        note_access(user, ReportAccessKind.READ, report)
    return report

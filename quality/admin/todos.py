"""What waits for a quality manager, on the home page of the back-office."""

from django.urls import reverse

from cned_portal.common.backoffice import Todo, todo
from crc.domain.queries.periods import previous_month
from quality.forms import months_offered
from quality.models import ReportRun


@todo
def report_of_last_month(user):
    """The monthly report that nobody has asked for yet."""
    if not user.has_perm("quality.add_reportrun"):
        return []
    last = previous_month(months_offered()[0])
    if ReportRun.objects.filter(month=last, service=None).exists():
        return []
    return [Todo("Rapport du mois dernier à préparer", 1, reverse("admin:quality_reports"))]

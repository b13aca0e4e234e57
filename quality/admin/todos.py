"""What waits for a quality manager, on the home page of the back-office."""

from django.urls import reverse

from cned_portal.common.backoffice import LIST_CAP, Todo, todo
from crc.domain.queries.periods import previous_month
from quality.domain.queries.improvements import recurring_causes, signalled_complaints
from quality.forms import months_offered
from quality.models import Improvement, ReportRun


@todo
def report_of_last_month(user):
    """The monthly report that nobody has asked for yet."""
    if not user.has_perm("quality.add_reportrun"):
        return []
    last = previous_month(months_offered()[0])
    if ReportRun.objects.filter(month=last, service=None).exists():
        return []
    return [Todo("Rapport du mois dernier à préparer", 1, reverse("admin:quality_reports"))]


@todo
def improvements(user):
    """Actions to decide, to carry out and to check, and what calls for one."""
    if not user.has_perm("quality.view_improvement"):
        return []
    actions = Improvement.objects.visible_to(user)
    address, causes = reverse("admin:quality_improvements"), reverse("admin:quality_causes")
    found = [
        Todo(
            "Vos actions d’amélioration en retard",
            actions.late().filter(owner=user).count(),
            f"{address}?etat=en-retard",
            urgent=True,
        )
    ]
    if user.has_perm("quality.decide_improvement"):
        recurring = [one for one in recurring_causes(user) if one.without_action]
        signalled = signalled_complaints(user).order_by()[:LIST_CAP].count()
        found += [
            Todo("Actions d’amélioration à décider", actions.to_decide().count(), f"{address}?etat=a-decider"),
            Todo("Causes récurrentes sans action", len(recurring), causes),
            Todo("Réclamations à porter à l’amélioration", signalled, causes),
        ]
    if user.has_perm("quality.check_improvement"):
        to_check = actions.to_check().exclude(owner=user).count()
        found.append(Todo("Effets d’actions à vérifier", to_check, f"{address}?etat=a-verifier"))
    return [item for item in found if item.count]

"""Guardians, read on a stock page; ended on request by a form that asks why."""

from django.contrib import admin, messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cned_portal.common.backoffice import desk_page
from learners.admin.accesses import note_opening
from learners.admin.desk import SECTION, act_page
from learners.admin.people import VisibleAdmin
from learners.domain.guardians import end_guardianship
from learners.enums import FileKind
from learners.forms.data_desk import EndGuardianshipForm
from learners.models import Guardianship, LearnerProfile


@admin.register(Guardianship)
class GuardianshipAdmin(VisibleAdmin):
    file_kind = FileKind.GUARDIANS
    list_display = ["learner", "relationship", "invited_at", "accepted_at", "ended_at"]
    list_filter = ["relationship", "end_reason"]
    search_fields = ["learner__number__exact", "invited_email__exact"]
    search_help_text = "Numéro d’apprenant ou adresse du responsable, en entier."
    ordering = ["-pk"]
    list_select_related = ["learner__user"]
    fields = [
        *("learner", "guardian", "relationship", "invited_email", "invited_at", "expires_at"),
        *("accepted_at", "ended_at", "end_reason"),
    ]
    actions = ["end"]

    def learner_id_of(self, bond):
        return bond.learner_id

    def visible(self, user, queryset):
        return queryset.filter(learner__in=LearnerProfile.objects.visible_to(user))

    def has_end_permission(self, request):
        return request.user.has_perm("learners.end_guardianship")

    @admin.action(description="Mettre fin…", permissions=["end"])
    def end(self, request, queryset):
        chosen = list(queryset[:2])
        if len(chosen) != 1:
            messages.error(request, "Choisissez un seul lien : sa fin a sa raison.")
            return None
        return redirect("admin:learners_end_guardianship", chosen[0].pk)


@desk_page(
    "responsables/<int:pk>/fin/",
    name="learners_end_guardianship",
    label="Mettre fin au lien",
    section=SECTION,
    permission="learners.end_guardianship",
    in_menu=False,
)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def end(request, pk):
    """After a separation, a judge's decision, or at the request of one side."""
    rows = Guardianship.objects.filter(learner__in=LearnerProfile.objects.visible_to(request.user), ended_at=None)
    bond = get_object_or_404(rows.select_related("learner__user"), pk=pk)
    note_opening(request, bond.learner_id, FileKind.GUARDIANS)
    return act_page(
        request,
        EndGuardianshipForm(request.POST or None),
        act=lambda data: end_guardianship(bond, reason=data["reason"], acting_user=request.user),
        done="Le lien est terminé.",
        title="Mettre fin au lien d’un responsable",
        about=str(bond),
        back=reverse("admin:learners_guardianship_changelist"),
        back_label="Responsables de mineurs",
    )

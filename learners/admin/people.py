"""Learners, enrolments and documents on stock pages: read here, changed by the verbs alone."""

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.shortcuts import redirect

from cned_portal.common.backoffice import ReadOnlyModelAdmin
from learners.admin.accesses import note_opening
from learners.domain import enrolments
from learners.domain.refusals import Refusal
from learners.enums import FileKind
from learners.models import Accommodation, Address, Document, Enrolment, LearnerProfile


class VisibleAdmin(ReadOnlyModelAdmin):
    """Rows that the person may see, none of which is edited, added or removed here. Opening one is noted."""

    file_kind: str  # what of a learner's file the page shows

    def learner_id_of(self, obj):
        raise NotImplementedError

    def change_view(self, request, object_id, form_url="", extra_context=None):
        self._note(request, object_id, self.file_kind)
        return super().change_view(request, object_id, form_url, extra_context)

    def history_view(self, request, object_id, extra_context=None):
        self._note(request, object_id, FileKind.HISTORY)
        return super().history_view(request, object_id, extra_context)

    def _note(self, request, object_id, kind):
        obj = self.get_object(request, unquote(object_id))
        if obj is not None and self.has_view_or_change_permission(request, obj):
            note_opening(request, self.learner_id_of(obj), kind)

    def get_queryset(self, request):
        return self.visible(request.user, super().get_queryset(request))

    def visible(self, user, queryset):
        return queryset.visible_to(user)


class _RowsOfFile(admin.TabularInline):
    extra = 0

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("learners.view_learnerprofile")


class AddressInline(_RowsOfFile):
    """The current ones and those before: parcels go astray."""

    model = Address
    verbose_name_plural = "adresses, actuelles et anciennes"
    fields = ["kind", "street", "street_extra", "postal_code", "city", "country", "valid_from", "valid_to"]
    ordering = ["-valid_from", "-pk"]


class AccommodationInline(_RowsOfFile):
    model = Accommodation
    fields = ["kind", "since"]


@admin.register(LearnerProfile)
class LearnerProfileAdmin(VisibleAdmin):
    file_kind = FileKind.PROFILE
    inlines = [AddressInline, AccommodationInline]
    list_display = ["number", "name", "public", "created_at"]
    list_filter = ["public"]
    search_fields = ["number__exact", "user__email__exact"]
    search_help_text = "Numéro d’apprenant ou adresse électronique, en entier."
    ordering = ["-pk"]
    list_select_related = ["user"]
    fields = [
        *("number", "name", "email", "public", "situation", "date_of_birth", "phone"),
        *("created_at", "merged_into", "anonymised_at"),
    ]

    def learner_id_of(self, learner):
        return learner.pk

    @admin.display(description="nom")
    def name(self, learner):
        return learner.user.get_full_name()

    @admin.display(description="adresse électronique")
    def email(self, learner):
        return learner.user.email


@admin.register(Enrolment)
class EnrolmentAdmin(VisibleAdmin):
    file_kind = FileKind.ENROLMENT
    list_display = ["learner_name", "training", "state", "requested_at", "organisation"]
    list_filter = ["state"]
    search_fields = ["learner__number__exact", "learner__user__email__exact"]
    search_help_text = "Numéro d’apprenant ou adresse électronique, en entier."
    ordering = ["-requested_at", "-pk"]
    list_select_related = ["learner__user", "training", "organisation"]
    fields = [
        *("learner", "training", "session", "organisation", "state", "requested_at", "confirmed_at"),
        *("started_on", "finished_on", "abandoned_on", "abandon_reason", "cancelled_at"),
    ]
    actions = ["confirm", "start", "cancel", "assign", "abandon"]

    def learner_id_of(self, enrolment):
        return enrolment.learner_id

    @admin.display(description="apprenant")
    def learner_name(self, enrolment):
        return enrolment.learner

    def has_confirm_permission(self, request):
        return request.user.has_perm("learners.confirm_enrolment")

    def has_abandon_permission(self, request):
        return request.user.has_perm("learners.abandon_enrolment")

    def _each(self, request, queryset, verb, done):
        """Apply a verb to each row: those it refuses are said, the others are done."""
        count = 0
        for enrolment in queryset:
            try:
                verb(enrolment, acting_user=request.user)
            except Refusal as refusal:
                messages.error(request, f"{enrolment} : {refusal}")
            else:
                count += 1
        if count:
            messages.success(request, f"{done} : {count}.")

    @admin.action(description="Confirmer", permissions=["confirm"])
    def confirm(self, request, queryset):
        self._each(request, queryset, enrolments.confirm_enrolment, "Inscriptions confirmées")

    @admin.action(description="Commencer la formation aujourd’hui", permissions=["confirm"])
    def start(self, request, queryset):
        self._each(request, queryset, enrolments.start_enrolment, "Formations commencées")

    @admin.action(description="Annuler", permissions=["confirm"])
    def cancel(self, request, queryset):
        self._each(request, queryset, enrolments.cancel_enrolment, "Inscriptions annulées")

    def has_assign_permission(self, request):
        return request.user.has_perm("learners.assign_tutor")

    @admin.action(description="Confier à un tuteur…", permissions=["assign"])
    def assign(self, request, queryset):
        chosen = list(queryset[:2])
        if len(chosen) != 1:
            messages.error(request, "Choisissez une seule inscription.")
            return None
        return redirect("admin:learners_tutor", chosen[0].pk)

    @admin.action(description="Enregistrer un abandon…", permissions=["abandon"])
    def abandon(self, request, queryset):
        chosen = list(queryset[:2])
        if len(chosen) != 1:
            messages.error(request, "Choisissez une seule inscription : un abandon a sa date et sa raison.")
            return None
        return redirect("admin:learners_abandon", chosen[0].pk)


@admin.register(Document)
class DocumentAdmin(VisibleAdmin):
    file_kind = FileKind.DOCUMENT
    list_display = ["kind", "learner_name", "state", "issued_at", "revoked_at"]
    list_filter = ["kind", "state"]
    search_fields = ["enrolment__learner__number__exact", "enrolment__learner__user__email__exact"]
    search_help_text = "Numéro d’apprenant ou adresse électronique, en entier."
    ordering = ["-pk"]
    list_select_related = ["enrolment__learner__user", "enrolment__training"]
    fields = [
        *("kind", "enrolment", "state", "error", "created_at", "issued_at", "sha256"),
        *("revoked_at", "revoked_reason"),
    ]
    actions = ["revoke"]

    def learner_id_of(self, document):
        return document.enrolment.learner_id

    def visible(self, user, queryset):
        return queryset.filter(enrolment__in=Enrolment.objects.visible_to(user))

    @admin.display(description="apprenant")
    def learner_name(self, document):
        return document.enrolment.learner

    def has_revoke_permission(self, request):
        return request.user.has_perm("learners.revoke_document")

    @admin.action(description="Révoquer…", permissions=["revoke"])
    def revoke(self, request, queryset):
        chosen = list(queryset[:2])
        if len(chosen) != 1:
            messages.error(request, "Choisissez un seul document : une révocation a sa raison.")
            return None
        return redirect("admin:learners_revoke", chosen[0].pk)

"""The knowledge base: articles on stock pages whose every change goes through a verb, and the measure of their use."""

from datetime import timedelta

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, OuterRef
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cned_portal.common.backoffice import FixedRowsModelAdmin, PortalModelAdmin, desk_page
from crc.domain import articles
from crc.domain.help_measures import totals_since
from crc.domain.refusals import Refusal
from crc.enums import Public
from crc.forms import PlainTextField
from crc.models import Article, ArticleDraft, UnansweredQuestion
from crc.models.articles import ANSWER_MAX_LENGTH

SHOWN = 50
LIFE = ["state", "published_at", "review_due_on", "reviewed_at", "reviewed_by"]
VOTES = ["helped_count", "unhelped_count"]
PERIODS = (30, 90, 365)
ACTS = {
    "_publish": (articles.publish_article, "L’article est publié : le public voit ce texte."),
    "_review": (articles.mark_reviewed, "L’article est relu : la prochaine relecture est dans un an."),
    "_archive": (articles.archive_article, "L’article est archivé : le public ne le voit plus."),
}


class ArticleForm(forms.ModelForm):
    """The text that waits, else the one that is shown."""

    answer = PlainTextField(
        label="Réponse",
        rows=18,
        max_length=ANSWER_MAX_LENGTH,
        help_text=Article._meta.get_field("answer").help_text,
    )
    publics = forms.MultipleChoiceField(label="Publics", choices=Public, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args, instance=None, initial=None, **kwargs):
        draft = ArticleDraft.objects.filter(article=instance).first() if instance and instance.pk else None
        waiting = {name: getattr(draft, name) for name in Article.TEXT} if draft else {}
        super().__init__(*args, instance=instance, initial={**waiting, **(initial or {})}, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False


class ReviewFilter(admin.SimpleListFilter):
    title = "relecture"
    parameter_name = "relecture"

    def lookups(self, request, model_admin):
        return [("due", "À relire")]

    def queryset(self, request, queryset):
        return queryset.to_review() if self.value() == "due" else queryset


@admin.register(Article)
class ArticleAdmin(PortalModelAdmin):
    form = ArticleForm
    change_form_template = "admin/crc/article_change_form.html"
    list_display = ["title", "state", "waits", "shown_publics", "topic", "review_due_on", *VOTES]
    list_filter = ["state", ReviewFilter, "topic", "service"]
    search_fields = ["title"]
    ordering = ["title", "pk"]
    actions = ["publish", "review", "archive"]
    readonly_fields = [*LIFE, *VOTES, "shown_publics"]

    def get_queryset(self, request):
        drafts = ArticleDraft.objects.filter(article=OuterRef("pk"))
        return super().get_queryset(request).defer("search_vector").annotate(has_draft=Exists(drafts))

    def get_fieldsets(self, request, obj=None):
        may_edit = self.has_change_permission(request, obj) if obj else True
        text = ["title", "answer", "publics" if may_edit else "shown_publics", "topic", "service"]
        if obj is None:
            return [(None, {"fields": [*text, "slug"]})]
        return [(None, {"fields": text}), ("Vie de l’article", {"fields": [*LIFE, *VOTES]})]

    def has_delete_permission(self, request, obj=None):
        return False  # its address is never given to another question

    def has_publish_permission(self, request):
        return request.user.has_perm("crc.publish_article")

    def view_on_site(self, obj):
        return obj.get_absolute_url() if obj.is_published else None

    @admin.display(description="modification en attente", boolean=True)
    def waits(self, obj):
        return obj.has_draft

    @admin.display(description="publics")
    def shown_publics(self, obj):
        return ", ".join(Public(value).label for value in obj.publics)

    def save_model(self, request, obj, form, change):
        text = {name: form.cleaned_data[name] for name in Article.TEXT}
        saved = articles.save_article(
            obj if change else None, slug=form.cleaned_data.get("slug", ""), acting_user=request.user, **text
        )
        obj.pk, obj.slug = saved.pk, saved.slug

    def change_view(self, request, object_id, form_url="", extra_context=None):
        context = {"may_publish": self.has_publish_permission(request), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def response_change(self, request, obj):
        """The buttons of the page: the text is saved, then the article is published, reviewed or archived."""
        act = next((name for name in ACTS if name in request.POST), None)
        if act is None and not obj.is_published:
            return super().response_change(request, obj)
        if act is None:
            waits = ArticleDraft.objects.filter(article=obj).exists()
            messages.success(
                request,
                "La modification est enregistrée. Le public ne la voit pas avant « Publier »."
                if waits
                else "Rien ne diffère du texte publié : aucune modification n’attend.",
            )
        elif self.has_publish_permission(request):
            self._act(request, act, [obj])
        if act or "_continue" in request.POST:
            return redirect(reverse("admin:crc_article_change", args=[obj.pk]))
        return redirect("admin:crc_article_changelist")

    def _act(self, request, name, rows):
        verb, done = ACTS[name]
        for row in rows:
            try:
                verb(row, acting_user=request.user)
            except Refusal as refusal:
                messages.error(request, f"« {row} » : {refusal}")
            else:
                messages.success(request, f"« {row} ». {done}" if len(rows) > 1 else done)

    @admin.action(description="Publier", permissions=["publish"])
    def publish(self, request, queryset):
        self._act(request, "_publish", list(queryset))

    @admin.action(description="Marquer comme relus", permissions=["publish"])
    def review(self, request, queryset):
        self._act(request, "_review", list(queryset))

    @admin.action(description="Archiver", permissions=["publish"])
    def archive(self, request, queryset):
        self._act(request, "_archive", list(queryset))


@admin.register(UnansweredQuestion)
class UnansweredQuestionAdmin(FixedRowsModelAdmin):
    list_display = ["query", "count", "last_seen_on", "is_handled"]
    list_filter = ["is_handled"]
    search_fields = ["query"]
    ordering = ["is_handled", "-count", "pk"]
    readonly_fields = ["query", "count", "first_seen_on", "last_seen_on"]


@desk_page(
    "base-de-connaissances/mesure/",
    name="crc_help_measure",
    label="Base de connaissances : mesure",
    section="Base de connaissances",
    permission="crc.view_suggestioncount",
)
@never_cache
@require_safe
def measure(request):
    """What the proposed answers became, what must be read again, what people look for and do not find."""
    asked = request.GET.get("jours", "")
    days = int(asked) if asked in {str(period) for period in PERIODS} else PERIODS[1]
    to_review = Article.objects.to_review().listed().select_related("service").order_by("review_due_on", "pk")
    context = {
        **admin.site.each_context(request),
        "title": "Base de connaissances : mesure",
        "crumbs": [],
        "days": days,
        "periods": PERIODS,
        "rows": totals_since(timezone.localdate() - timedelta(days=days))[:SHOWN],
        "to_review": to_review[:SHOWN],
        "unanswered": UnansweredQuestion.objects.filter(is_handled=False).order_by("-count", "pk")[:SHOWN],
        "shown": SHOWN,
    }
    return render(request, "crc/desk/help_measure.html", context)

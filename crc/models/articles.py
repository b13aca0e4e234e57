"""The knowledge base: questions in people's words, their answers, and what is measured of their use."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.history import tracked
from cned_portal.common.validators import validate_single_line
from crc.enums import ARTICLE_MOVES, ArticleState, Public
from crc.models.routing import Topic
from crc.models.services import Service

ANSWER_MAX_LENGTH = 10_000
MISS_MAX_LENGTH = 100


class ArticleText(models.Model):
    """What an article says and to whom: the same columns for what is shown and for what is being prepared."""

    title = models.CharField(
        "question",
        max_length=150,
        validators=[validate_single_line],
        help_text="Comme la personne la poserait : « Comment changer mon mot de passe ? »",
    )
    answer = models.TextField(
        "réponse",
        max_length=ANSWER_MAX_LENGTH,
        help_text="Texte simple. Une ligne vide sépare deux paragraphes ; « - » en début de ligne fait une liste.",
    )
    publics = ArrayField(models.CharField(max_length=20, choices=Public), verbose_name="publics")
    topic = models.ForeignKey(Topic, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="sujet")
    service = models.ForeignKey(
        Service,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="service responsable",
        help_text="Celui qui relit la réponse. Il n’est pas montré au public.",
    )

    class Meta:
        abstract = True

    TEXT = ("title", "answer", "publics", "topic", "service")

    @property
    def blocks(self):
        """The answer as paragraphs and lists, in order: `{"points": [...]}` or `{"text": ...}`."""
        blocks = []
        for part in self.answer.replace("\r\n", "\n").split("\n\n"):
            lines = []
            for line in part.strip().split("\n"):
                if line.lstrip().startswith("- "):
                    if lines:
                        blocks.append({"text": "\n".join(lines)})
                        lines = []
                    if not blocks or "points" not in blocks[-1]:
                        blocks.append({"points": []})
                    blocks[-1]["points"].append(line.lstrip()[2:].strip())
                elif line.strip():
                    lines.append(line.strip())
            if lines:
                blocks.append({"text": "\n".join(lines)})
        return blocks


class ArticleQuerySet(models.QuerySet):
    def published(self):
        return self.filter(state=ArticleState.PUBLISHED)

    def for_public(self, public):
        """Those of one public; of every public when none is named."""
        return self.filter(publics__contains=[public]) if public else self

    def to_review(self, on=None):
        """Shown to people although the date by which they had to be read again has passed."""
        return self.published().filter(review_due_on__lt=on or timezone.localdate())

    def listed(self):
        """Without the columns that no list shows."""
        return self.defer("answer", "search_vector")


@tracked(exclude=["search_vector", "helped_count", "unhelped_count"])
class Article(ArticleText):
    """A question and its answer. Its columns are what the public sees; once published, edits go to an `ArticleDraft`.

    Its address is never given to another question: the slug does not change and the row is never deleted.
    """

    slug = models.SlugField("adresse", max_length=80, unique=True, help_text="Proposée d’après la question.")
    state = models.CharField("état", max_length=10, choices=ArticleState, default=ArticleState.DRAFT)
    published_at = models.DateTimeField("publié le", null=True, blank=True)
    review_due_on = models.DateField("à relire avant le", null=True, blank=True)
    reviewed_at = models.DateTimeField("relu le", null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="relu par"
    )
    helped_count = models.PositiveIntegerField("« m’a aidé »", default=0, editable=False)
    unhelped_count = models.PositiveIntegerField("« ne m’a pas aidé »", default=0, editable=False)
    search_vector = SearchVectorField("index de recherche", editable=False, null=True)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = "article de la base"
        verbose_name_plural = "base de connaissances"
        ordering = ["title", "pk"]
        default_permissions = ("view", "add", "change")
        permissions = [("publish_article", "Peut publier, relire et archiver les articles de la base")]
        indexes = [
            GinIndex(fields=["search_vector"], name="article_search"),
            models.Index(fields=["state", "-helped_count", "-id"], name="article_most_useful"),
            models.Index(fields=["topic", "-helped_count", "-id"], name="article_of_topic"),
            models.Index(
                fields=["review_due_on", "id"], condition=Q(state=ArticleState.PUBLISHED), name="article_to_review"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(publics__len__gt=0),
                name="article_has_a_public",
                violation_error_message="Un article s’adresse à un public au moins.",
            ),
            models.CheckConstraint(
                condition=~Q(title="") & ~Q(answer=""),
                name="article_has_a_text",
                violation_error_message="Un article a une question et une réponse.",
            ),
            models.CheckConstraint(
                condition=~Q(slug="suggestions"),
                name="article_slug_not_reserved",
                violation_error_message="Cette adresse est celle d’une page du site.",
            ),
            models.CheckConstraint(
                condition=~Q(state=ArticleState.PUBLISHED)
                | Q(
                    published_at__isnull=False,
                    reviewed_at__isnull=False,
                    review_due_on__isnull=False,
                    search_vector__isnull=False,
                ),
                name="article_published_dated",
                violation_error_message="Un article publié a une date de publication et une date de relecture.",
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="article_moves",
                field="state",
                transitions=[(str(old), str(new)) for old, targets in ARTICLE_MOVES.items() for new in sorted(targets)],
            ),
            pgtrigger.Protect(name="article_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="article_slug_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("slug"),
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("crc:help_article", args=[self.slug])

    @property
    def is_published(self):
        return self.state == ArticleState.PUBLISHED


@tracked()
class ArticleDraft(ArticleText):
    """Changes to a published article, which nobody sees before they are published."""

    article = models.OneToOneField(Article, models.CASCADE, related_name="draft", verbose_name="article")
    edited_at = models.DateTimeField("modifié le", auto_now=True)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="modifié par"
    )

    class Meta:
        verbose_name = "modification en attente"
        verbose_name_plural = "modifications en attente"
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(publics__len__gt=0),
                name="article_draft_has_a_public",
                violation_error_message="Un article s’adresse à un public au moins.",
            ),
        ]

    def __str__(self):
        return f"Modification de « {self.article_id} »"


class ArticleVote(models.Model):
    """One visitor's opinion of one article. `key` is drawn from a random cookie: it says nothing about the person."""

    article = models.ForeignKey(Article, models.PROTECT, related_name="votes", verbose_name="article")
    key = models.UUIDField("clé du vote", unique=True, editable=False)
    helped = models.BooleanField("a aidé")
    day = models.DateField("jour")
    from_request_form = models.BooleanField("depuis le formulaire de demande", default=False)

    class Meta:
        verbose_name = "avis sur un article"
        verbose_name_plural = "avis sur les articles"
        default_permissions = ()

    def __str__(self):
        return f"{self.day:%d/%m/%Y} : {'oui' if self.helped else 'non'}"


class SuggestionCount(models.Model):
    """What became of an article on one day in the request form: counts only, never a row for a person."""

    article = models.ForeignKey(Article, models.PROTECT, related_name="suggestion_counts", verbose_name="article")
    day = models.DateField("jour")
    shown = models.PositiveIntegerField("proposé", default=0)
    opened = models.PositiveIntegerField("ouvert", default=0)
    helped = models.PositiveIntegerField("« m’a aidé »", default=0)
    submitted = models.PositiveIntegerField("demande envoyée quand même", default=0)

    class Meta:
        verbose_name = "mesure des réponses proposées"
        verbose_name_plural = "mesures des réponses proposées"
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["article", "day"],
                name="suggestion_count_once",
                violation_error_message="Un article a une mesure par jour.",
            ),
        ]
        indexes = [models.Index(fields=["day", "article"], name="suggestion_count_by_day")]

    def __str__(self):
        return f"{self.day:%d/%m/%Y}"


class UnansweredQuestion(models.Model):
    """A search of the help that found nothing, without who made it: supervisors answer with articles."""

    query = models.CharField("recherche", max_length=MISS_MAX_LENGTH, unique=True)
    count = models.PositiveIntegerField("nombre de fois", default=1)
    first_seen_on = models.DateField("vue la première fois le")
    last_seen_on = models.DateField("vue la dernière fois le")
    is_handled = models.BooleanField("traitée", default=False)

    class Meta:
        verbose_name = "question sans réponse"
        verbose_name_plural = "questions sans réponse"
        default_permissions = ("view", "change")
        indexes = [models.Index(fields=["is_handled", "-count", "id"], name="unanswered_to_handle")]

    def __str__(self):
        return self.query

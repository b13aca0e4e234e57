import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from catalogue.enums import (
    CERTIFYING,
    VISIBLE_STATES,
    Audience,
    Level,
    Perimeter,
    Recognition,
    TrainingKind,
    TrainingState,
)
from catalogue.models.units import OperatingUnit
from cned_portal.common.history import tracked


def bumps_page_version(training_of):
    """Trigger of a table shown on trainings' pages: whatever changes its rows gives the pages a new version.

    `training_of` is SQL that finds the trainings of a row, called `changed`.
    """
    bump = f"UPDATE catalogue_training SET page_version = page_version + 1 WHERE id IN ({training_of})"  # noqa: S608
    return pgtrigger.Trigger(
        name="bump_page_version",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("changed", "record")],
        func=(
            f"IF TG_OP <> 'INSERT' THEN changed := OLD; {bump}; END IF; "
            f"IF TG_OP <> 'DELETE' THEN changed := NEW; {bump}; END IF; "
            "RETURN NULL;"
        ),
    )


def external_reference():
    """Number that the file of an import gives to a row, by which it is found again."""
    return models.CharField(
        "référence externe", max_length=200, blank=True, default="", db_default="", help_text="Vient d’un import."
    )


def unique_reference(name, *within):
    return models.UniqueConstraint(
        fields=[*within, "external_reference"],
        condition=~Q(external_reference=""),
        name=name,
        violation_error_message="Cette référence externe est déjà prise.",
    )


class PageContent(models.Model):
    """What the public reads on a training's page: the items of indicators 1 and 3 of the quality referential.

    Abstract, so that the published text and a draft are two tables of one shape.
    """

    summary = models.CharField("résumé", max_length=300, blank=True)
    objectives = models.TextField("objectifs", max_length=3000, blank=True)
    prerequisites = models.TextField("prérequis", max_length=3000, blank=True)
    target_public = models.TextField("public visé", max_length=3000, blank=True)
    programme = models.TextField("programme", max_length=3000, blank=True)
    duration = models.CharField("durée", max_length=150, blank=True)
    teaching_methods = models.TextField("modalités pédagogiques", max_length=3000, blank=True)
    resources = models.TextField("méthodes mobilisées", max_length=3000, blank=True)
    assessment = models.TextField("modalités d’évaluation", max_length=3000, blank=True)
    access_delay = models.TextField("délais d’accès", max_length=3000, blank=True)
    pricing = models.TextField("précisions sur le tarif", max_length=3000, blank=True)
    funding = models.TextField("modalités de financement", max_length=3000, blank=True)
    accessibility = models.TextField("accessibilité et handicap", max_length=3000, blank=True)
    blocks = models.TextField("validation par blocs de compétences", max_length=3000, blank=True)
    equivalences = models.TextField("équivalences", max_length=3000, blank=True)
    bridges = models.TextField("passerelles", max_length=3000, blank=True)
    further_study = models.TextField("poursuites d’études", max_length=3000, blank=True)
    outlets = models.TextField("débouchés", max_length=3000, blank=True)
    contact_name = models.CharField("contact", max_length=150, blank=True)
    contact_email = models.EmailField("adresse du contact", blank=True)
    contact_phone = models.CharField("téléphone du contact", max_length=30, blank=True)
    disability_contact_name = models.CharField("référent handicap", max_length=150, blank=True)
    disability_contact_email = models.EmailField("adresse du référent handicap", blank=True)
    disability_contact_phone = models.CharField("téléphone du référent handicap", max_length=30, blank=True)
    no_result_reason = models.CharField(
        "raison de l’absence de résultat",
        max_length=300,
        blank=True,
        help_text="Montrée quand aucun indicateur de résultat n’est publié.",
    )
    updated_on = models.DateField("date de mise à jour", null=True, blank=True)

    class Meta:
        abstract = True


class TrainingQuerySet(models.QuerySet):
    def published(self):
        """Trainings shown to the public: the one visibility rule, for pages, counts and exports alike."""
        return self.filter(state__in=VISIBLE_STATES)

    def for_units_of(self, user):
        """Trainings of the units given to the person."""
        return self.filter(unit__memberships__user=user)

    def with_expired_certification(self, on):
        """Trainings that prepare, that day, a certification whose registration has ended, and no other one."""
        from catalogue.models.certifications import TrainingCertification

        links = TrainingCertification.objects.in_force(on).filter(training=OuterRef("pk"))
        ended = Q(certification__expires_on__lt=on)
        return self.filter(Exists(links.filter(ended)), ~Exists(links.exclude(ended)))

    def with_enrolment_open(self, on=None):
        """Annotate `enrolment_open`: whether someone may enrol on that day."""
        from catalogue.models.offers import TrainingSession

        open_sessions = TrainingSession.objects.open_on(on or timezone.localdate()).filter(
            action__training=OuterRef("pk")
        )
        return self.annotate(enrolment_open=Exists(open_sessions))


@tracked(exclude=["search_vector", "title_key", "sort_key", "page_version"])
class Training(PageContent):
    """A training on offer, or a central project: published without price, session or certification."""

    slug = models.SlugField("adresse", max_length=200, unique=True, help_text="Jamais réutilisée.")
    external_reference = external_reference()
    title = models.CharField("intitulé", max_length=255)
    unit = models.ForeignKey(OperatingUnit, models.PROTECT, related_name="trainings", verbose_name="unité")
    kind = models.CharField("nature", max_length=20, choices=TrainingKind, default=TrainingKind.TRAINING)
    perimeter = models.CharField("périmètre", max_length=12, choices=Perimeter, blank=True)
    recognition = models.CharField("type de reconnaissance", max_length=20, choices=Recognition, blank=True)
    diploma_type = models.ForeignKey(
        "catalogue.DiplomaType",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="trainings",
        verbose_name="type de diplôme",
    )
    domain = models.ForeignKey(
        "catalogue.Domain", models.PROTECT, null=True, blank=True, related_name="trainings", verbose_name="domaine"
    )
    level_before = models.PositiveSmallIntegerField("niveau à l’entrée", choices=Level, null=True, blank=True)
    level_after = models.PositiveSmallIntegerField("niveau à l’issue", choices=Level, null=True, blank=True)
    duration_months = models.PositiveSmallIntegerField(
        "durée habituelle (mois)", null=True, blank=True, help_text="Sert au filtre de la recherche par durée."
    )
    nsf = models.CharField("code NSF", max_length=4, blank=True)
    audiences = ArrayField(
        models.CharField(max_length=20, choices=Audience), verbose_name="publics", default=list, blank=True
    )
    occupations = models.ManyToManyField(
        "catalogue.Occupation", blank=True, related_name="trainings", verbose_name="métiers (ROME)"
    )
    formacodes = models.ManyToManyField(
        "catalogue.Formacode", blank=True, related_name="trainings", verbose_name="Formacodes"
    )
    certifications = models.ManyToManyField(
        "catalogue.Certification",
        through="catalogue.TrainingCertification",
        related_name="trainings",
        verbose_name="certifications",
    )

    state = models.CharField("état", max_length=10, choices=TrainingState, default=TrainingState.DRAFT)
    published_at = models.DateTimeField("publiée le", null=True, blank=True)
    closing_on = models.DateField("fin des inscriptions le", null=True, blank=True)
    served_until = models.DateField("inscrits accompagnés jusqu’au", null=True, blank=True)
    closed_at = models.DateTimeField("fermée le", null=True, blank=True)
    closing_message = models.TextField("message aux inscrits et aux visiteurs", max_length=1000, blank=True)
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors", verbose_name="remplacée par"
    )

    page_version = models.PositiveBigIntegerField(
        "version de la page",
        default=1,
        editable=False,
        help_text="Augmente à chaque changement de ce que la page montre.",
    )
    title_key = models.CharField("clé de l’intitulé", max_length=300, editable=False, default="", db_index=True)
    sort_key = models.CharField("clé de tri", max_length=300, editable=False, default="", db_index=True)
    search_vector = SearchVectorField("index de recherche", editable=False, null=True)

    objects = TrainingQuerySet.as_manager()

    class Meta:
        verbose_name = "formation"
        verbose_name_plural = "formations"
        permissions = [
            ("publish_training", "Peut publier ou fermer une formation"),
            ("view_every_training", "Voit les formations de toutes les unités"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="bump_own_page_version",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="NEW.page_version = OLD.page_version + 1; RETURN NEW;",
            ),
            # The other side of `refuse_central_project`: what has actions cannot become a central project.
            pgtrigger.Trigger(
                name="central_project_is_plain",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("kind"),
                condition=pgtrigger.Q(new__kind="central_project"),
                func=(
                    "IF EXISTS (SELECT 1 FROM catalogue_trainingaction WHERE training_id = NEW.id) "
                    "OR EXISTS (SELECT 1 FROM catalogue_trainingcertification WHERE training_id = NEW.id) THEN "
                    "RAISE EXCEPTION 'a central project has no price, session or certification' "
                    "USING ERRCODE = 'check_violation'; END IF; RETURN NEW;"
                ),
            ),
        ]
        indexes = [
            GinIndex(fields=["search_vector"], name="training_search"),
            GinIndex(fields=["audiences"], name="training_audiences"),
            models.Index(fields=["state", "sort_key", "id"], name="training_state_title"),
        ]
        constraints = [
            unique_reference("training_external_reference_once"),
            models.CheckConstraint(
                condition=~Q(state__in=VISIBLE_STATES) | Q(published_at__isnull=False),
                name="training_published_dated",
                violation_error_message="Une formation publiée a une date de publication.",
            ),
            models.CheckConstraint(
                condition=Q(state=TrainingState.CLOSED, closed_at__isnull=False)
                | ~Q(state=TrainingState.CLOSED) & Q(closed_at__isnull=True),
                name="training_closed_dated",
                violation_error_message="Une formation fermée a une date de fermeture, une autre n’en a pas.",
            ),
            models.CheckConstraint(
                condition=~Q(state=TrainingState.CLOSING) | Q(closing_on__isnull=False),
                name="training_closing_dated",
                violation_error_message="Une formation en extinction a une date de fin des inscriptions.",
            ),
            models.CheckConstraint(
                condition=Q(served_until__isnull=True)
                | Q(closing_on__isnull=True)
                | Q(served_until__gte=models.F("closing_on")),
                name="training_served_after_closing",
                violation_error_message="L’accompagnement des inscrits ne finit pas avant les inscriptions.",
            ),
            models.CheckConstraint(
                condition=Q(successor__isnull=True) | ~Q(successor=models.F("id")),
                name="training_not_its_successor",
                violation_error_message="Une formation ne se remplace pas elle-même.",
            ),
            models.CheckConstraint(
                condition=~Q(kind=TrainingKind.CENTRAL_PROJECT)
                | Q(perimeter="", recognition__in=["", Recognition.NONE], level_after__isnull=True),
                name="training_central_project_plain",
                violation_error_message="Un projet central n’a ni périmètre, ni reconnaissance, ni niveau.",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("catalogue:training", kwargs={"slug": self.slug})

    @property
    def number(self):
        """How files that are exchanged call it."""
        return self.external_reference or self.slug

    @property
    def is_visible(self):
        return self.state in VISIBLE_STATES

    @property
    def is_central_project(self):
        return self.kind == TrainingKind.CENTRAL_PROJECT

    @property
    def is_certifying(self):
        """Whether it leads to a professional certification, so that indicator 3 applies."""
        return self.recognition in CERTIFYING

    @property
    def audience_labels(self):
        return [Audience(value).label for value in self.audiences if value in Audience.values]

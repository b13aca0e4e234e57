"""Modules, devoirs and their dates, as a learner, a tutor or the portal reads them."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import DateField, Exists, ExpressionWrapper, F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.kept_sql import kept_sql
from cned_portal.common.templatetags.french import french_day
from learners.domain.space import Step
from learners.enums import ENROLLED_STATES, CopyState, EnrolmentState, HomeworkStage
from learners.models import Copy, Devoir, DevoirDate, Enrolment, LearnerProfile, Module, ModuleProgress

STEPS_AHEAD = timedelta(days=21)
STEPS_MOST = 4


def devoirs_of(enrolments):
    """Each published devoir of these enrolments, with its date for each: `enrolment_id`, `due_on` (None: no date).

    The session's own date first, else so many days after the learner's start, or that of the session.
    """
    return _dated_devoirs(**{"in": enrolments})


def _dated_devoirs(**conditions):
    """The same, of the enrolments that fit these lookups."""
    path = "module__training__enrolments"
    own = DevoirDate.objects.filter(devoir=OuterRef("pk"), session=OuterRef(f"{path}__session"))
    counted = Coalesce(f"{path}__started_on", f"{path}__session__starts_on") + F("due_days")
    return (
        Devoir.objects.filter(is_published=True, **{f"{path}__{name}": value for name, value in conditions.items()})
        .annotate(
            enrolment_id=F(path),
            due_on=Coalesce(
                Subquery(own.values("due_on")[:1]),
                ExpressionWrapper(counted, output_field=DateField()),
                output_field=DateField(),
            ),
        )
        .select_related("module")
    )


def without_copy(devoirs):
    return devoirs.exclude(Exists(Copy.objects.filter(devoir=OuterRef("pk"), enrolment=OuterRef("enrolment_id"))))


@dataclass(frozen=True)
class Course:
    """An enrolment that is followed, its modules with where the learner stands, and whose it is for a guardian."""

    enrolment: Enrolment
    modules: list[Module]
    done: dict[int, ModuleProgress]
    is_own: bool

    @property
    def percent(self):
        finished = sum(1 for row in self.done.values() if row.done_at)
        return 100 * finished // len(self.modules) if self.modules else 0

    @property
    def rows(self):
        return [(module, self.done.get(module.pk)) for module in self.modules]

    @property
    def hours(self):
        return sum(module.expected_hours for module in self.modules)


def courses_of(user, **filters):
    """The enrolments under way that the person follows, newest first, in three queries."""
    found = list(
        Enrolment.objects.followed_by(user)
        .filter(state__in=ENROLLED_STATES, **filters)
        .select_related("training", "learner__user")
        .order_by("-requested_at", "-pk")[:50]
    )
    modules: dict[int, list[Module]] = {}
    for module in Module.objects.filter(training__in=[item.training_id for item in found]).order_by("rank"):
        modules.setdefault(module.training_id, []).append(module)
    progress: dict[int, dict[int, ModuleProgress]] = {}
    for row in ModuleProgress.objects.filter(enrolment__in=[item.pk for item in found]):
        progress.setdefault(row.enrolment_id, {})[row.module_id] = row
    return [
        Course(item, modules.get(item.training_id, []), progress.get(item.pk, {}), item.learner.user_id == user.pk)
        for item in found
    ]


@dataclass(frozen=True)
class Homework:
    """A devoir of an enrolment: its date, the copy that counts, whose it is."""

    devoir: Any  # a Devoir with what `devoirs_of` adds
    enrolment: Enrolment
    copy: Copy | None
    is_own: bool
    today: date = field(default_factory=timezone.localdate)

    @property
    def url(self):
        return reverse("learners:devoir", kwargs={"pk": self.enrolment.pk, "devoir": self.devoir.pk})

    @property
    def correction(self):
        return getattr(self.copy, "correction", None) if self.copy and self.copy.state == CopyState.MARKED else None

    @property
    def stage(self):
        if self.copy is None:
            return HomeworkStage.TO_HAND_IN if self.enrolment.is_enrolled else HomeworkStage.CLOSED
        return HomeworkStage.MARKED if self.correction else HomeworkStage.HANDED_IN

    @property
    def may_hand_in(self):
        """Whether the person may send a copy now: a guardian reads, the learner hands in."""
        return self.is_own and self.enrolment.is_enrolled and (self.copy is None or self.copy.may_be_replaced)

    @property
    def is_late(self):
        return self.copy is None and self.devoir.due_on is not None and self.devoir.due_on < self.today


def homework_of(user, **filters):
    """Devoirs of the enrolments under way that the person follows, and the copies handed in, in three queries."""
    enrolments = {
        item.pk: item
        for item in Enrolment.objects.followed_by(user)
        .filter(state__in=[*ENROLLED_STATES, EnrolmentState.FINISHED], **filters)
        .select_related("training", "learner__user")
        .order_by("-requested_at", "-pk")[:50]
    }
    copies = {
        (copy.enrolment_id, copy.devoir_id): copy
        for copy in Copy.objects.filter(enrolment__in=enrolments)
        .exclude(state=CopyState.REPLACED)
        .select_related("correction", "devoir")
    }
    devoirs = devoirs_of(Enrolment.objects.filter(pk__in=list(enrolments)))
    return [
        Homework(
            devoir,
            enrolments[devoir.enrolment_id],
            copies.get((devoir.enrolment_id, devoir.pk)),
            enrolments[devoir.enrolment_id].learner.user_id == user.pk,
        )
        for devoir in devoirs.order_by(F("due_on").asc(nulls_last=True), "module__rank", "pk")
    ]


def one_homework(user, enrolment, devoir):
    """A devoir that the person follows, or None; both by key."""
    return next((one for one in homework_of(user, pk=enrolment) if one.devoir.pk == devoir), None)


@kept_sql
def _due_soon(user):
    learner = LearnerProfile.objects.filter(user=user).values("pk")  # sought first: with a join, planning takes thrice
    devoirs = without_copy(_dated_devoirs(learner=Subquery(learner), state__in=ENROLLED_STATES))
    devoirs = devoirs.select_related(None).only("title")
    return devoirs.filter(due_on__lte=timezone.localdate() + STEPS_AHEAD).order_by("due_on", "pk")[:STEPS_MOST]


def homework_steps(user):
    """What to hand in soon, or late already: one query."""
    today = timezone.localdate()
    return [
        Step(
            f"Devoir « {devoir.title} » "
            + (
                f"attendu depuis le {french_day(devoir.due_on)}."
                if devoir.due_on < today
                else f"à rendre pour le {french_day(devoir.due_on)}."
            ),
            reverse("learners:devoir", kwargs={"pk": devoir.enrolment_id, "devoir": devoir.pk}),
            "Rendre ce devoir",
            rank=20 if devoir.due_on < today else 30,
        )
        for devoir in _due_soon(user)
    ]

"""Courses, devoirs, follow-up and the restricted register of the demonstration, all invented."""

import uuid
from datetime import timedelta
from decimal import Decimal

from django.core.files.base import ContentFile
from django.utils import timezone

from catalogue.models import Training
from cned_portal.common.verbs import verb
from cned_portal.demo.people import LEARNER, STAFF
from cned_portal.users.enums import Role
from cned_portal.users.models import User
from learners.domain.copies import hand_in, mark_copy, take_copy
from learners.domain.courses import finish_module, note_activity, open_module
from learners.domain.followup import assign_tutor, attest_followup, record_contact
from learners.domain.safeguarding import add_to_report, open_report, report_violence
from learners.domain.signals import load_signal_rules, refresh_signals
from learners.enums import ActivityKind, ContactKind, ContactOutcome, EnrolmentState
from learners.models import Copy, Devoir, Enrolment, Module, SafeguardingReport, SignalRule

KEYS = uuid.UUID("c0ed0000-0000-4000-8000-000000000000")
DAYS = {"inactivity": 21, "late": 7, "silence": 14}
TRAININGS = 8
MODULES = ["Prendre ses repères", "Acquérir les bases", "Approfondir", "Se préparer à l’évaluation"]


def load():
    """Add what is missing; what is there already is left as it is."""
    load_signal_rules()
    for kind, days in DAYS.items():
        SignalRule.objects.filter(kind=kind, days=None).update(days=days)
    if not Module.objects.exists():
        _follow(acting_user=None)
    if not SafeguardingReport.objects.exists():
        _report()


@verb
def _follow(*, acting_user):
    tutor = User.objects.get(email=STAFF[Role.TUTOR][0])
    active = Enrolment.objects.filter(state=EnrolmentState.ACTIVE).select_related("learner__user").order_by("pk")
    shown = [item for item in active if item.learner.user.email == LEARNER[0]]
    others = [item for item in active if item not in shown]
    followed = {item.training_id for item in [*shown, *others[:TRAININGS]]}
    for training in Training.objects.filter(pk__in=followed).defer("search_vector").order_by("pk"):
        _course(training)
    for item in active:
        assign_tutor(item, tutor, acting_user=None)
    for item in shown:
        _shown(item, tutor)
    _others(others, tutor)
    refresh_signals(acting_user=None)
    today = timezone.localdate()
    attest_followup(
        Enrolment.objects.visible_to(tutor),
        starts_on=today - timedelta(days=30),
        ends_on=today,
        comment="Activité de chaque inscription relue, signaux ouverts traités un par un.",
        acting_user=tutor,
    )


def _course(training):
    for rank, title in enumerate(MODULES, start=1):
        module = Module.objects.create(
            training=training,
            rank=rank,
            title=title,
            summary="Cours, exercices corrigés et fiche de synthèse.",
            expected_hours=Decimal(12),
        )
        devoir = Devoir(
            module=module,
            title=f"Devoir {rank}",
            subject="Répondez aux trois questions du cours, en deux pages au plus.",
            due_days=15 * rank,
        )
        devoir.subject_file.save("sujet.txt", ContentFile("Sujet de démonstration.\n".encode()), save=False)
        devoir.save()


def _file(text):
    return [("copie.txt", f"{text}\nCopie de démonstration.\n".encode())]


def _sent(item, devoir, text, **fields):
    return hand_in(
        item,
        devoir.pk,
        files=_file(text),
        version=1,
        client_key=uuid.uuid5(KEYS, f"{item.pk}-{devoir.pk}"),
        acting_user=item.learner.user,
        **fields,
    )


def _shown(item, tutor):
    """The account shown to visitors: a module done, a marked copy, one that waits, and two devoirs to come."""
    modules = list(Module.objects.filter(training=item.training_id).order_by("rank"))
    finish_module(item, modules[0], minutes=90, acting_user=item.learner.user)
    open_module(item, modules[1], acting_user=item.learner.user)
    first, second = (Devoir.objects.get(module=module) for module in modules[:2])
    correction = take_copy(
        _sent(item, first, "Premier devoir", comment="J’ai hésité à la question 3."), acting_user=tutor
    )
    mark_copy(
        correction,
        grade=Decimal("14.5"),
        feedback="Un travail clair et complet. Soignez la conclusion de la troisième réponse.",
        files=[("copie-annotee.txt", "Copie annotée de démonstration.\n".encode())],
        acting_user=tutor,
    )
    _sent(item, second, "Deuxième devoir")
    record_contact(
        item,
        kind=ContactKind.MEETING,
        meets_at=timezone.now() + timedelta(days=9),
        note="Point sur le rythme.",
        client_key=uuid.uuid5(KEYS, f"rendez-vous-{item.pk}"),
        acting_user=tutor,
    )


def _others(items, tutor):
    """Some work, some are late, some are silent: what a worklist shows."""
    now = timezone.now()
    for number, item in enumerate(items):
        devoir = Devoir.objects.filter(module__training=item.training_id).order_by("module__rank").first()
        if number % 3 == 0:
            note_activity(item, ActivityKind.OPENED, at=now - timedelta(days=number % 10))
            if devoir:
                _sent(item, devoir, "Devoir", at=now - timedelta(days=number % 5))
        elif number % 3 == 1:
            record_contact(
                item,
                kind=ContactKind.REMINDER,
                at=now - timedelta(days=18),
                client_key=uuid.uuid5(KEYS, f"relance-{item.pk}"),
                acting_user=tutor,
            )
        else:
            record_contact(
                item,
                kind=ContactKind.CALL,
                outcome=ContactOutcome.ANSWERED,
                note="Reprendra après ses congés.",
                at=now - timedelta(days=4),
                client_key=uuid.uuid5(KEYS, f"appel-{item.pk}"),
                acting_user=tutor,
            )
    waiting = Copy.objects.to_mark().exclude(enrolment__learner__user__email=LEARNER[0]).order_by("handed_in_at", "pk")
    if (copy := waiting.first()) is not None:
        take_copy(copy, acting_user=tutor)


def _report():
    referent = User.objects.get(email=STAFF[Role.SAFEGUARDING][0])
    report = report_violence(
        kind="online",
        reported_as="witness",
        facts="Signalement de démonstration : des messages blessants dans un groupe d’entraide.",
        client_key=uuid.uuid5(KEYS, "signalement"),
        acting_user=None,
    )
    open_report(referent, report.pk)
    add_to_report(
        report,
        kind="action",
        text="Groupe fermé, modérateurs prévenus.",
        client_key=uuid.uuid5(KEYS, "action"),
        acting_user=referent,
    )

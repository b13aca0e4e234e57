"""Learners and organisations of the demonstration, all invented: same people, same identifiers each time."""

import random
from datetime import date, timedelta

from django.utils import timezone

from catalogue.models import Training, TrainingSession
from cned_portal.common.text import fold
from cned_portal.common.verbs import verb
from cned_portal.demo import learners_care
from cned_portal.demo.enrolment_files import load_admissions, load_files, pay_all
from cned_portal.demo.people import LEARNER
from cned_portal.users.models import User
from learners.domain.documents import build_document, request_document
from learners.domain.enrolments import confirm_enrolment, enrol, open_sessions, start_enrolment
from learners.domain.people import Identity, register_learner
from learners.domain.refusals import AlreadyEnrolled
from learners.enums import AbandonReason, LearnerPublic, MemberRole, OrganisationKind
from learners.enums import EnrolmentState as State
from learners.models import Enrolment, LearnerProfile, Organisation, OrganisationMember
from learners.validators import luhn_key, uai_key

SEED = 1939
LEARNERS = 45
FIRST_NAMES = ["Dominique", "Claude", "Sacha", "Alix", "Maxime", "Charlie", "Noa", "Lou", "Andrea", "Morgan"]
LAST_NAMES = ["Exemple", "Fictif", "Modèle", "Témoin", "Spécimen", "Inventé", "Factice", "Imaginaire", "Prototype"]
CITIES = [("86000", "Poitiers"), ("31000", "Toulouse"), ("38000", "Grenoble"), ("35000", "Rennes"), ("59000", "Lille")]

# Kind, name, and which public identifiers it has.
ORGANISATIONS = [
    (OrganisationKind.COMPANY, "Société Exemple Services", ("siret",)),
    (OrganisationKind.PUBLIC_BUYER, "Communauté de communes de Fictive-la-Vallée", ("siret",)),
    (OrganisationKind.FRENCH_SCHOOL, "Lycée Modèle de Spécimen-sur-Mer", ("siret", "uai")),
    (OrganisationKind.SCHOOL_ABROAD, "Lycée français Imaginaire de Port-Inventé", ("uai",)),
    (OrganisationKind.OTHER_ESTABLISHMENT, "Institut Témoin d’éducation motrice", ("siret", "uai")),
    (OrganisationKind.ASSOCIATION, "Association Exemple pour l’apprentissage", ("siret", "rna")),
    (OrganisationKind.THIRD_PLACE, "Tiers-lieu La Fabrique Factice", ("rna",)),
    (OrganisationKind.TRAINING_CENTRE, "Centre de formation Prototype", ("siret", "uai")),
]
# How far an enrolment has come, and the share of each.
STATES = [
    (State.REQUESTED, 8),
    (State.CONFIRMED, 10),
    (State.ACTIVE, 24),
    (State.FINISHED, 8),
    (State.ABANDONED, 6),
    (State.CANCELLED, 4),
]


def load():
    """Add what is missing; what is there already is left as it is."""
    camille = _person(*LEARNER)
    _organisations()
    load_admissions(acting_user=None)
    _camille(camille)
    if Enrolment.objects.count() <= LEARNERS:
        load_learners(acting_user=None)
    learners_care.load()
    load_files()


def _person(email, first_name, last_name):
    found = User.objects.filter(email=email).first()
    return found or User.objects.create_user(email, None, first_name=first_name, last_name=last_name)


def _organisations():
    for rank, (kind, name, identifiers) in enumerate(ORGANISATIONS, start=1):
        siren = f"0000{rank:04}"  # no SIREN begins with a zero: visibly not a real one
        siret = siren + luhn_key(siren) + "0001"
        uai = f"999{rank:04}"  # no department has the number 999
        values = {"siret": siret + luhn_key(siret), "uai": uai + uai_key(uai), "rna": f"W999{rank:06}"}
        postal_code, city = CITIES[rank % len(CITIES)]
        abroad = kind == OrganisationKind.SCHOOL_ABROAD
        organisation, is_new = Organisation.objects.get_or_create(
            name=name,
            defaults={
                "kind": kind,
                **{name: values[name] for name in identifiers},
                "postal_code": "" if abroad else postal_code,
                "city": "Port-Inventé" if abroad else city,
                "country": "Pays fictif" if abroad else "France",
                "contact_email": f"contact{rank}@exemple.example",
            },
        )
        if is_new:
            user = _person(f"gestion{rank}@exemple.example", "Gestion", f"Exemple{rank}")
            OrganisationMember.objects.create(organisation=organisation, user=user, role=MemberRole.MANAGER)


def _camille(user):
    """The account shown to visitors: one training under way with its certificate, one request."""
    if LearnerProfile.objects.filter(user=user).exists():
        return
    identity = Identity(
        public=LearnerPublic.ADULT,
        date_of_birth=date(1994, 5, 17),
        street="1 rue de l’Exemple",
        postal_code="86000",
        city="Poitiers",
    )
    trainings = list(Training.objects.with_enrolment_open().filter(enrolment_open=True, state="published"))
    trainings.sort(key=lambda training: ("petite enfance" not in fold(training.title), training.slug))
    for rank, training in enumerate(trainings[:2]):
        asked = timezone.now() - timedelta(days=40 - 36 * rank)
        session = open_sessions(training, timezone.localdate(asked)).first() or open_sessions(training).first()
        if not open_sessions(training, timezone.localdate(asked)).filter(pk=session.pk).exists():
            asked = timezone.now()
        try:
            enrolment = enrol(
                user=user, training=training, session=session, identity=identity, at=asked, acting_user=user
            )
        except AlreadyEnrolled:
            continue
        if rank == 0:
            enrolment = confirm_enrolment(enrolment, acting_user=None, at=asked + timedelta(days=2))
            pay_all(enrolment)
            enrolment = start_enrolment(enrolment, acting_user=None, on=timezone.localdate())
            build_document(request_document(enrolment, acting_user=user).pk)


@verb
def load_learners(*, acting_user):
    """Sixty enrolments in every state, by set-based writes: no mail leaves for people who do not exist."""
    chance = random.Random(SEED)  # noqa: S311  the same demonstration each time
    trainings = list(Training.objects.published().filter(kind="training").order_by("slug").defer("search_vector"))
    if not trainings:
        return
    sessions = {}
    for session in TrainingSession.objects.filter(action__training__in=trainings).select_related("action"):
        sessions.setdefault(session.action.training_id, session)
    organisations = list(Organisation.objects.order_by("pk"))
    learners = [_learner(chance, number) for number in range(LEARNERS)]
    enrolments, taken = [], set()
    total = sum(share for _, share in STATES)
    for number in range(total):
        learner, training = learners[number % LEARNERS], chance.choice(trainings)
        if (learner.pk, training.pk) in taken:
            continue
        taken.add((learner.pk, training.pk))
        organisation = chance.choice(organisations) if chance.random() < 0.25 else None
        enrolments.append(
            Enrolment(
                learner=learner,
                training=training,
                session=sessions.get(training.pk),
                organisation=organisation,
                **_dates(chance, _state(number)),
            )
        )
    Enrolment.objects.bulk_create(enrolments)


def _learner(chance, number):
    first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    postal_code, city = chance.choice(CITIES)
    public = chance.choice([LearnerPublic.PUPIL, LearnerPublic.STUDENT, LearnerPublic.ADULT, LearnerPublic.ADULT])
    year = {LearnerPublic.PUPIL: 2010, LearnerPublic.STUDENT: 2004}.get(public, 1985)
    identity = Identity(
        public=public,
        date_of_birth=date(year + chance.randint(0, 3), chance.randint(1, 12), chance.randint(1, 28)),
        street=f"{chance.randint(1, 90)} rue de l’Exemple",
        postal_code=postal_code,
        city=city,
    )
    email = f"{fold(first)}.{fold(last)}.{number}@exemple.example"
    return register_learner(_person(email, first, last), identity=identity, acting_user=None)


def _state(number):
    """States dealt one after the other in proportion, so that each is met early in the list."""
    deck = [state for state, share in STATES for _ in range(share)]
    return deck[number * 37 % len(deck)]


def _dates(chance, state):
    now = timezone.now()
    asked = now - timedelta(days=chance.randint(1, 12) if state == State.REQUESTED else chance.randint(60, 300))
    fields = {"state": state, "requested_at": asked}
    if state == State.CANCELLED:
        return fields | {"cancelled_at": asked + timedelta(days=6)}
    if state != State.REQUESTED:
        fields["confirmed_at"] = asked + timedelta(days=chance.randint(1, 5))
    started = timezone.localdate(asked) + timedelta(days=10)
    if state in {State.ACTIVE, State.FINISHED, State.ABANDONED}:
        fields["started_on"] = started
    if state == State.FINISHED:
        fields["finished_on"] = started + timedelta(days=45)
    if state == State.ABANDONED:
        fields["abandoned_on"] = started + timedelta(days=chance.randint(5, 40))
        fields["abandon_reason"] = chance.choice(
            [reason for reason in AbandonReason.values if reason != AbandonReason.WITHDRAWAL]
        )
    return fields

"""Enrolment files of the demonstration: two trainings with conditions of entry, and a file for each thing awaited."""

from datetime import date, timedelta

from django.utils import timezone

from catalogue.models import Training
from cned_portal.common.text import fold
from cned_portal.common.verbs import verb
from cned_portal.demo.people import LEARNER, STAFF
from cned_portal.users.enums import Role
from cned_portal.users.models import User
from learners.domain import files, payments
from learners.domain.admission import admission_of
from learners.domain.drafts import save_draft
from learners.domain.enrolments import confirm_enrolment, enrol, open_sessions, withdraw_enrolment
from learners.domain.people import Identity
from learners.enums import Decision, FundingKind, LearnerPublic, Means, Relationship, SelfRating
from learners.models import (
    Admission,
    Enrolment,
    EnrolmentFile,
    Guardianship,
    PositioningAdvice,
    PositioningQuestion,
    RequiredPiece,
)

QUESTIONS = [
    "J’ai déjà travaillé ou aidé dans ce domaine.",
    "Je sais organiser mon travail seul, plusieurs heures par semaine.",
    "Je suis à l’aise pour lire et écrire des textes d’une page en français.",
    "Je sais utiliser un ordinateur pour rendre un devoir.",
]
ADVICE = [
    (0, "Une remise à niveau avant l’entrée vous aiderait : parlons-en."),
    (40, "Le parcours vous convient, avec un accompagnement renforcé au début."),
    (70, "Le parcours vous convient tel quel."),
]
PIECES = [
    ("Pièce d’identité", "Elle prouve votre identité le jour de l’examen.", False),
    ("Dernier diplôme ou relevé de notes", "Il permet de vérifier les prérequis.", False),
    ("Avis de l’établissement d’origine", "Il est demandé pour les élèves mineurs.", True),
]
PDF = b"%PDF-1.4\n% piece fictive de la demonstration\n"


def chosen_trainings():
    """Trainings in which one may enrol, the one of the learner shown first."""
    rows = Training.objects.with_enrolment_open().filter(enrolment_open=True, state="published")
    return sorted(rows, key=lambda training: ("petite enfance" not in fold(training.title), training.slug))


@verb
def load_admissions(*, acting_user):
    """Conditions of entry of two trainings."""
    for training in chosen_trainings()[1:3]:
        admission, is_new = Admission.objects.get_or_create(
            training=training,
            defaults={
                "checks_prior_learning": True,
                "positioning_intro": "Quatre questions pour situer votre niveau et adapter votre parcours.",
            },
        )
        if is_new:
            PositioningQuestion.objects.bulk_create(
                PositioningQuestion(admission=admission, rank=rank, text=text)
                for rank, text in enumerate(QUESTIONS, start=1)
            )
            PositioningAdvice.objects.bulk_create(
                PositioningAdvice(admission=admission, from_percent=percent, text=text) for percent, text in ADVICE
            )
            RequiredPiece.objects.bulk_create(
                RequiredPiece(admission=admission, rank=rank, label=label, why=why, minors_only=minors_only)
                for rank, (label, why, minors_only) in enumerate(PIECES, start=1)
            )


def pay_all(enrolment):
    """What the learner owes today is paid by the pretended bank."""
    file = EnrolmentFile.objects.with_parts().get(enrolment=enrolment)
    user = enrolment.learner.user
    for payment in file.payments:
        if payment.is_due and payment.funding.is_own:
            payments.start_payment(payment, means=Means.SANDBOX, acting_user=user)
            payments.settle_payment(
                payment.reference, means=Means.SANDBOX, is_paid=True, proof="essai", acting_user=user
            )


def load_files():
    """A file for each thing that may be awaited; nothing when they are there."""
    trainings = chosen_trainings()
    if len(trainings) < 4 or User.objects.filter(email=_email("À vérifier")).exists():
        return
    agent = User.objects.filter(email=STAFF[Role.CRC_SUPERVISOR][0]).first()
    camille = User.objects.get(email=LEARNER[0])
    asked, plain = trainings[2], trainings[3]

    _ask("Vient d’arriver", asked)  # everything is missing

    file = _ask("À vérifier", asked, answered=True)
    for piece in file.pieces.all():
        files.provide_piece(piece, name="piece.pdf", content=PDF, acting_user=_user(file))

    file = _ask("À fournir de nouveau", asked, answered=True)
    piece = file.pieces.first()
    piece = files.provide_piece(piece, name="piece.pdf", content=PDF, acting_user=_user(file))
    files.check_piece(
        piece, sha256=piece.sha256, accepted=False, reason="La copie n’est pas lisible.", acting_user=agent
    )

    file = _ask("Complet", asked, answered=True)
    _complete(file, agent)

    _ask("Financeur", plain, fundings=[FundingKind.COMPANY, FundingKind.SELF])

    file = _ask("Doit payer", plain, days=60)
    _confirm(file, agent, days=50)

    file = _ask("Peut se rétracter", plain)
    _confirm(file, agent)

    file = _ask("Rétracté", plain)
    if enrolment := _confirm(file, agent):
        withdraw_enrolment(enrolment, acting_user=_user(file))

    ward = _ask("Mineur", plain, public=LearnerPublic.PUPIL, born=date(timezone.localdate().year - 15, 1, 15))
    Guardianship.objects.get_or_create(
        learner=ward.enrolment.learner,
        invited_email=camille.email,
        defaults={
            "guardian": camille,
            "relationship": Relationship.PARENT,
            "token_hash": "0" * 64,
            "accepted_at": timezone.now(),
            "expires_at": timezone.now() + timedelta(days=14),
        },
    )
    files.ask_agreement(ward)

    save_draft(
        user=camille,
        training=plain,
        step="vous",
        values={"public": ["adult"], "city": ["Poitiers"]},
        acting_user=camille,
    )


def _ask(name, training, *, answered=False, days=1, public=LearnerPublic.ADULT, born=date(1990, 4, 12), fundings=()):
    user = User.objects.filter(email=_email(name)).first()
    user = user or User.objects.create_user(_email(name), None, first_name="Dossier", last_name=name)
    at = timezone.now() - timedelta(days=days)
    session = open_sessions(training, timezone.localdate(at)).first()
    if session is None:
        session, at = open_sessions(training).first(), timezone.now()
    admission = admission_of(training)
    enrolment = enrol(
        user=user,
        training=training,
        session=session,
        identity=Identity(public=public, date_of_birth=born, postal_code="86000", city="Poitiers"),
        ratings={question.pk: SelfRating.WELL for question in admission.questions.all()} if answered else None,
        declared="Baccalauréat obtenu en 2008, deux ans d’expérience." if answered else "",
        fundings=fundings,
        at=at,
        acting_user=user,
    )
    return EnrolmentFile.objects.with_parts().get(enrolment=enrolment)


def _complete(file, agent):
    files.decide_prior_learning(file, decision=Decision.FAVOURABLE, reason="Diplôme vérifié.", acting_user=agent)
    files.decide_positioning(file, decision=Decision.ADAPTED, reason="Un entretien au premier mois.", acting_user=agent)
    for piece in file.pieces.all():
        sent = files.provide_piece(piece, name="piece.pdf", content=PDF, acting_user=_user(file))
        files.check_piece(sent, sha256=sent.sha256, accepted=True, acting_user=agent)


def _confirm(file, agent, days=0):
    """The enrolment confirmed, unless it owes something first."""
    if files.missing(file):
        return None
    at = max(timezone.now() - timedelta(days=days), file.enrolment.requested_at)
    return confirm_enrolment(Enrolment.objects.get(pk=file.enrolment_id), acting_user=agent, at=at)


def _user(file):
    return file.enrolment.learner.user


def _email(name):
    return f"dossier.{fold(name).replace(' ', '-')}@exemple.example"

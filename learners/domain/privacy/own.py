"""What this app itself holds about a person: told in a copy, counted before a merge, kept when the account closes."""

from django.db.models import Q

from learners.domain.guardian_rules import seen_by
from learners.domain.holdings import Holding, Kept
from learners.domain.privacy.own_studies import put_in_archive, read_organisations, read_studies
from learners.enums import LIVE_STATES
from learners.models import (
    Accommodation,
    Address,
    ConsentEntry,
    Document,
    Enrolment,
    Guardianship,
    LearnerProfile,
    RightRequest,
)

KEPT = (
    Kept(
        "Les certificats délivrés, avec leur contenu",
        "pour que la personne à qui vous les avez remis puisse les vérifier",
        "50 ans (valeur de démonstration)",
    ),
    Kept(
        "Les pièces comptables, sans votre nom, et les devis que vous avez signés pour une organisation, avec lui",
        "parce que le code de commerce l’impose (article L. 123-22)",
        "10 ans",
    ),
    Kept(
        "Vos consentements, donnés ou retirés, sans votre nom",
        "pour prouver qu’ils ont été respectés (prescription de l’article 2224 du code civil)",
        "5 ans (valeur de démonstration)",
    ),
    Kept(
        "Le nombre et les dates de vos inscriptions, sans votre nom",
        "pour les statistiques de l’établissement",
        "sans limite : elles ne disent plus qui vous êtes",
    ),
)


def _files(user):
    """The person's file and those that were joined to it."""
    return LearnerProfile.objects.filter(Q(user=user) | Q(merged_into__user=user)).order_by("pk")


def read(user, archive):
    files = _files(user)
    choices = user.notification_choices.order_by("topic")
    return {
        "compte": {
            "numero": user.pk,
            "prenom": user.first_name,
            "nom": user.last_name,
            "adresse_electronique": user.email,
            "cree_le": user.date_joined,
            "derniere_connexion": user.last_login,
        },
        "profils": [_profile(item) for item in files],
        "adresses": [
            {
                "nature": item.get_kind_display(),
                "adresse": item.lines,
                "depuis": item.valid_from,
                "jusqu_au": item.valid_to,
            }
            for item in Address.objects.filter(learner__in=files).order_by("valid_from", "pk")
        ],
        "amenagements": [str(item) for item in Accommodation.objects.filter(learner__in=files).order_by("pk")],
        "consentements": [
            {
                "finalite": item.get_purpose_display(),
                "version_du_texte": item.text_version,
                "donne": item.given,
                "par_un_responsable": item.by_guardian,
                "le": item.at,
            }
            for item in ConsentEntry.objects.filter(learner__in=files).order_by("at", "pk")
        ],
        "inscriptions": [
            _enrolment(item)
            for item in Enrolment.objects.filter(learner__in=files)
            .select_related("training", "organisation")
            .order_by("requested_at", "pk")
        ],
        "documents": [
            _document(item, archive)
            for item in Document.objects.filter(enrolment__learner__in=files).order_by("created_at", "pk")
        ],
        "responsables": [
            _guardianship(item) for item in Guardianship.objects.filter(learner__in=files).select_related("learner")
        ],
        "apprenants_suivis": [
            {
                "lien": item.get_relationship_display(),
                "depuis": item.accepted_at,
                "jusqu_au": item.ended_at,
            }
            for item in Guardianship.objects.filter(guardian=user).order_by("pk")
        ],
        "demandes_sur_mes_donnees": [
            {
                "nature": item.get_kind_display(),
                "demande": item.wanted,
                "le": item.asked_at,
                "etat": item.get_state_display(),
                "reponse": item.answer,
            }
            for item in RightRequest.objects.filter(learner__in=files).order_by("asked_at", "pk")
        ],
        "notifications": {str(item.get_topic_display()): item.get_channel_display() for item in choices},
        "appareils_prevenus": [
            {"appareil": item.label, "ajoute_le": item.created_at} for item in user.push_devices.all()
        ],
        "formations_favorites": [
            item.training.title for item in user.favourites.select_related("training").order_by("pk")
        ],
        **read_studies(user, files, archive),
        **read_organisations(user, files),
    }


def _profile(learner):
    return {
        "numero_d_apprenant": learner.number,
        "public": learner.get_public_display(),
        "situation": learner.get_situation_display(),
        "date_de_naissance": learner.date_of_birth,
        "telephone": learner.phone,
        "cree_le": learner.created_at,
    }


def _enrolment(enrolment):
    return {
        "numero": enrolment.pk,
        "formation": enrolment.training.title,
        "organisation": enrolment.organisation.name if enrolment.organisation else None,
        "etat": enrolment.get_state_display(),
        "demandee_le": enrolment.requested_at,
        "confirmee_le": enrolment.confirmed_at,
        "commencee_le": enrolment.started_on,
        "terminee_le": enrolment.finished_on,
        "abandonnee_le": enrolment.abandoned_on,
        "raison_de_l_abandon": enrolment.get_abandon_reason_display(),
        "annulee_le": enrolment.cancelled_at,
    }


def _document(document, archive):
    described = {
        "nature": document.get_kind_display(),
        "etat": document.get_state_display(),
        "delivre_le": document.issued_at,
        "revoque_le": document.revoked_at,
        "contenu": document.data,
        "fichier": None,
    }
    if document.is_issued:
        described["fichier"] = put_in_archive(archive, f"documents/{document.pk}.pdf", document.file)
    return described


def _guardianship(item):
    return {
        "lien": item.get_relationship_display(),
        "adresse_invitee": item.invited_email,
        "accepte_le": item.accepted_at,
        "termine_le": item.ended_at,
        "voit": [str(subject) for subject in seen_by(item)],
    }


def count(user):
    files = _files(user)
    return [
        ("Inscriptions", Enrolment.objects.filter(learner__in=files).count()),
        ("Documents", Document.objects.filter(enrolment__learner__in=files).count()),
        ("Responsables et invitations", Guardianship.objects.filter(learner__in=files, ended_at=None).count()),
        ("Apprenants suivis", Guardianship.objects.in_force().filter(guardian=user).count()),
        ("Adresses", Address.objects.filter(learner__in=files).count()),
    ]


def hinder_merge(loser, winner):
    """Two live enrolments in one training, or a guardian and their child: those are not one person's."""
    found = []
    theirs = Enrolment.objects.live().filter(learner__user=winner).values("training")
    twins = Enrolment.objects.live().filter(learner__user=loser, training__in=theirs).select_related("training")
    found += [f"Les deux dossiers ont une inscription en cours à « {item.training.title} »." for item in twins]
    bound = Q(guardian=loser, learner__user=winner) | Q(guardian=winner, learner__user=loser)
    if Guardianship.objects.filter(bound).exists():
        found.append("L’un est, ou a été, le responsable de l’autre.")
    return found


def hinder_closure(user):
    live = Enrolment.objects.filter(learner__user=user, state__in=LIVE_STATES).select_related("training")[:5]
    return [f"Vous avez une inscription en cours à « {item.training.title} »." for item in live]


HOLDING = Holding(
    key="apprenant",
    label="Votre compte et vos formations",
    read=read,
    count=count,
    hinder_merge=hinder_merge,
    hinder_closure=hinder_closure,
    kept=KEPT,
)

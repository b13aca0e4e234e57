"""What the copy of a person's data tells of their studies: enrolment files, homework, follow-up, organisations.

No name of a marker, a tutor or an agent, and no note that staff wrote for themselves: the site does not show them. The
register of reports of violence is left out on purpose.
"""

from allauth.account.models import EmailAddress
from django.db.models.functions import Lower

from learners.models import (
    Activity,
    CalendarFeed,
    CampaignRecipient,
    Contact,
    Copy,
    EnrolmentDraft,
    EnrolmentFile,
    EnrolmentProgress,
    GroupLine,
    MailOptOut,
    MemberInvitation,
    OrganisationContact,
    OrganisationMember,
    Seat,
    Signal,
    TutorAssignment,
)


def proved_addresses(user):
    """Addresses that are surely the person's, in lower case."""
    return list(EmailAddress.objects.filter(user=user, verified=True).values_list(Lower("email"), flat=True))


def put_in_archive(archive, path, file):
    """The path under which the file was joined; None when the storage has it no more."""
    try:
        with file.open("rb") as source, archive.open(path, "w") as target:
            while block := source.read(1 << 20):
                target.write(block)
    except FileNotFoundError:
        return None
    return path


def read_studies(user, learners, archive):
    """Sections of the copy, for the learner's files given."""
    mine = {"enrolment__learner__in": learners}
    drafts = EnrolmentDraft.objects.filter(user=user).select_related("training").order_by("pk")
    files = EnrolmentFile.objects.filter(**mine).with_parts().order_by("pk")
    copies = Copy.objects.filter(**mine).select_related("devoir", "correction").order_by("handed_in_at", "pk")
    return {
        "demandes_commencees": [
            {"formation": item.training.title, "saisie": item.data, "modifiee_le": item.updated_at} for item in drafts
        ],
        "dossiers_d_inscription": [_file(item, archive) for item in files],
        "copies": [_copy(item, archive) for item in copies.prefetch_related("files", "correction__files")],
        "activites": [
            {
                "inscription": item.enrolment_id,
                "nature": item.get_kind_display(),
                "module": item.module.title if item.module else None,
                "le": item.at,
                "minutes_declarees": item.minutes,
            }
            for item in Activity.objects.filter(**mine).select_related("module").order_by("at", "pk")
        ],
        "avancement": [
            {
                "inscription": item.enrolment_id,
                "pour_cent": item.percent,
                "modules_termines": item.modules_done,
                "minutes_declarees": item.minutes,
                "devoirs_rendus": item.copies,
                "derniere_activite": item.last_activity_at,
            }
            for item in EnrolmentProgress.objects.filter(**mine).order_by("pk")
        ],
        "contacts_de_suivi": [
            {
                "nature": item.get_kind_display(),
                "le": item.at,
                "rendez_vous_le": item.meets_at,
                "suite": item.get_outcome_display(),
                "votre_reponse": item.answer,
            }
            for item in Contact.objects.filter(**mine).order_by("at", "pk")
        ],
        "signaux_de_suivi": [
            {
                "regle": item.get_kind_display(),
                "explication": item.explanation,
                "ouvert_le": item.opened_at,
                "clos_le": item.closed_at,
                "raison_de_la_cloture": item.get_end_display(),
            }
            for item in Signal.objects.filter(**mine).order_by("opened_at", "pk")
        ],
        "suivis_par_un_tuteur": [
            {"inscription": item.enrolment_id, "depuis": item.assigned_at, "jusqu_au": item.ended_at}
            for item in TutorAssignment.objects.filter(**mine).order_by("assigned_at", "pk")
        ],
        "adresse_privee_de_calendrier": [
            {"creee_le": item.created_at, "adresse": item.get_absolute_url()}
            for item in CalendarFeed.objects.filter(user=user)
        ],
    }


def _file(file, archive):
    positioning = getattr(file, "positioning", None)
    prior = getattr(file, "prior_learning", None)
    agreement = getattr(file, "agreement", None)
    return {
        "inscription": file.enrolment_id,
        "prix": file.price,
        "prix_accepte_le": file.price_accepted_at,
        "commencer_tout_de_suite": file.early_start,
        "retractation_possible_jusqu_au": file.withdrawal_until,
        "retractation_le": file.withdrawn_at,
        "positionnement": positioning
        and {
            "reponses": positioning.answers,
            "resultat_pour_cent": positioning.percent,
            "conseil": positioning.advice,
            **_decision(positioning),
        },
        "acquis": prior and {"prerequis": prior.prerequisites, "acquis_declares": prior.declared, **_decision(prior)},
        "accord_du_responsable": agreement
        and {"donne": agreement.is_given, "texte_lu": agreement.text, "le": agreement.answered_at},
        "pieces": [
            {
                "piece": item.label,
                "etat": item.get_state_display(),
                "nom_du_fichier": item.name,
                "fournie_le": item.provided_at,
                "verifiee_le": item.checked_at,
                "raison_du_refus": item.reason,
                "fichier": _joined(archive, "pieces", item.pk, item.is_safe and item.content),
            }
            for item in file.pieces.all()
        ],
        "financements": [
            {
                "nature": line.get_kind_display(),
                "etat": line.get_state_display(),
                "montant": line.amount,
                "reference": line.reference,
                "echeances": [
                    {
                        "rang": item.rank,
                        "montant": item.amount,
                        "exigible_le": item.due_on,
                        "etat": item.get_state_display(),
                        "moyen": item.get_means_display(),
                        "preuve": item.proof,
                        "payee_le": item.paid_at,
                        "remboursee_le": item.refunded_at,
                    }
                    for item in line.payments.all()
                ],
            }
            for line in file.fundings.all()
        ],
    }


def _decision(item):
    return {"decision": item.get_decision_display(), "decidee_le": item.decided_at, "raison": item.reason}


def _joined(archive, folder, key, file):
    """The path of a stored file; one that the antivirus has not read stays closed here too."""
    return put_in_archive(archive, f"{folder}/{key}.{file.name.rpartition('.')[2]}", file) if file else None


def _stored(archive, folder, rows):
    return [
        {
            "nom": item.name,
            "joint_le": item.created_at,
            "fichier": _joined(archive, folder, item.pk, item.is_readable and item.file),
        }
        for item in rows
    ]


def _copy(copy, archive):
    correction = getattr(copy, "correction", None)
    if correction is not None and correction.marked_at is None:
        correction = None  # not given back yet
    return {
        "inscription": copy.enrolment_id,
        "devoir": copy.devoir.title,
        "version": copy.version,
        "etat": copy.get_state_display(),
        "rendue_le": copy.handed_in_at,
        "en_retard": copy.is_late,
        "mot_pour_le_correcteur": copy.comment,
        "fichiers": _stored(archive, "copies", copy.files.all()),
        "correction": correction
        and {
            "rendue_le": correction.marked_at,
            "note_sur_20": correction.grade,
            "non_note": correction.is_ungraded,
            "appreciation": correction.feedback,
            "fichiers": _stored(archive, "corrections", correction.files.all()),
        },
    }


def read_organisations(user, learners):
    """What organisations said of the person, and what the person does for them. By proved addresses alone."""
    addresses = proved_addresses(user)
    return {
        "places_d_organisations": [
            {
                "inscription": item.enrolment_id,
                "organisation": item.voucher.organisation.name,
                "nom_donne": item.given_name,
                "adresse_donnee": item.given_email,
                "prise_le": item.created_at,
                "acceptee_le": item.agreed_at,
                "rendue_le": item.released_at,
            }
            for item in Seat.objects.filter(enrolment__learner__in=learners)
            .select_related("voucher__line__quote__organisation")
            .order_by("pk")
        ],
        "lignes_d_inscriptions_groupees": [
            {"organisation": item.run.organisation.name, "saisie": item.cells}
            for item in GroupLine.objects.of_addresses(addresses).select_related("run__organisation").order_by("pk")
        ],
        "organisations_representees": [
            {"organisation": item.organisation.name, "role": item.get_role_display(), "depuis": item.created_at}
            for item in OrganisationMember.objects.filter(user=user).select_related("organisation").order_by("pk")
        ],
        "invitations_d_organisations": [
            {
                "organisation": item.organisation.name,
                "adresse_invitee": item.email,
                "invitee_le": item.invited_at,
                "acceptee_le": item.accepted_at,
                "retiree_le": item.revoked_at,
            }
            for item in MemberInvitation.objects.alias(address=Lower("email"))
            .filter(address__in=addresses)
            .select_related("organisation")
            .order_by("pk")
        ],
        "contact_nomme_d_organisations": [
            {
                "organisation": item.organisation.name,
                "nom": item.name,
                "adresse_electronique": item.email,
                "telephone": item.phone,
                "sujet": item.subject,
                "termine_le": item.ended_at,
            }
            for item in OrganisationContact.objects.alias(address=Lower("email"))
            .filter(address__in=addresses)
            .select_related("organisation")
            .order_by("pk")
        ],
        "messages_de_campagnes": [
            {"objet": item.campaign.subject, "envoye_le": item.campaign.sent_at, "adresse": item.email}
            for item in CampaignRecipient.objects.filter(email__in=addresses).select_related("campaign").order_by("pk")
        ],
        "refus_des_messages": [
            {"adresse": item.email, "depuis": item.created_at}
            for item in MailOptOut.objects.filter(email__in=addresses).order_by("pk")
        ],
    }

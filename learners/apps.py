from django.apps import AppConfig

from cned_portal.users.enums import Role

_READ = {"learners.view_learnerprofile", "learners.view_enrolment", "learners.view_document"}
_ORGANISATIONS = {
    f"learners.{act}_{model}" for act in ("view", "add", "change") for model in ("organisation", "organisationmember")
} | {"learners.delete_organisationmember"}
_RIGHTS = {"learners.view_rightrequest", "learners.settle_rightrequest"}
_PRIVACY = _RIGHTS | {
    "learners.view_accountclosure",
    "learners.view_fileaccess",
    "learners.view_learnerretentionrule",
    "learners.change_learnerretentionrule",
    "learners.view_learnerretentionrun",
}
_CARE = {
    "learners.view_guardianship",
    "learners.end_guardianship",
    "learners.view_duplicatecandidate",
    "learners.merge_learners",
    "learners.view_learnermerge",
}
_ADMISSIONS = {
    f"learners.{act}_{model}"
    for act in ("view", "add", "change", "delete")
    for model in ("admission", "positioningquestion", "positioningadvice", "requiredpiece")
}
_CONFIRM = {"learners.confirm_enrolment", "learners.abandon_enrolment"}


class LearnersConfig(AppConfig):
    name = "learners"
    verbose_name = "Apprenants et organisations"
    role_permissions = {
        Role.CRC_AGENT: _READ | {"learners.view_every_enrolment", "learners.view_organisation"},
        Role.CRC_SUPERVISOR: _READ
        | _CONFIRM
        | _CARE
        | _RIGHTS
        | {"learners.view_every_enrolment", "learners.view_organisation", "learners.revoke_document"},
        # Those of organisations only.
        Role.ESTABLISHMENT_DESK: _READ | _CONFIRM | _ORGANISATIONS | {"learners.view_organisation_enrolments"},
        # Those of the trainings of the units given to the person.
        Role.UNIT_LEAD: _READ
        | _CONFIRM
        | {"learners.view_unit_enrolments", "learners.view_organisation", "learners.revoke_document"},
        Role.CATALOGUE_MANAGER: _ADMISSIONS,
        Role.ADMINISTRATOR: _ORGANISATIONS | _ADMISSIONS | _PRIVACY,
    }

    def ready(self):
        from cned_portal.common.history import name_verbs
        from learners.domain.holdings import register_holding
        from learners.domain.privacy.own import HOLDING
        from learners.domain.queries import files  # noqa: F401  its next steps
        from learners.domain.space import add_section

        add_section("Tableau de bord", "learners:space", rank=0)
        add_section("Notifications", "learners:notifications", rank=90)
        add_section("Application", "learners:application", rank=95)
        add_section("Mon profil", "learners:profile", rank=80)
        add_section("Mes responsables", "learners:guardians", rank=82)
        add_section("Les apprenants que je suis", "learners:wards", rank=84)
        add_section("Mes données", "learners:data", rank=86)
        register_holding(HOLDING)

        name_verbs(
            {
                "learners.register_learner": "Dossier d’apprenant ouvert ou complété",
                "learners.enrol": "Inscription demandée",
                "learners.confirm_enrolment": "Inscription confirmée",
                "learners.start_enrolment": "Formation commencée",
                "learners.finish_enrolment": "Formation terminée",
                "learners.abandon_enrolment": "Abandon enregistré",
                "learners.cancel_enrolment": "Inscription annulée",
                "learners.request_document": "Document demandé",
                "learners.retry_document": "Document redemandé",
                "learners.revoke_document": "Document révoqué",
                "learners.build_document": "Document préparé",
                "learners.choose_notifications": "Notifications choisies",
                "learners.add_device": "Appareil ajouté",
                "learners.remove_device": "Appareil retiré",
                "learners.invite_guardian": "Responsable légal invité",
                "learners.accept_guardianship": "Responsabilité d’un mineur acceptée",
                "learners.end_guardianship": "Responsabilité d’un mineur terminée",
                "learners.save_draft": "Demande d’inscription commencée",
                "learners.drop_draft": "Demande d’inscription effacée",
                "learners.withdraw_enrolment": "Rétractation",
                "learners.answer_positioning": "Positionnement rempli",
                "learners.declare_prior_learning": "Acquis décrits",
                "learners.decide_positioning": "Décision sur le positionnement",
                "learners.decide_prior_learning": "Décision sur les acquis",
                "learners.provide_piece": "Pièce fournie",
                "learners.check_piece": "Pièce vérifiée",
                "learners.scan_pieces": "Pièce lue par l’antivirus",
                "learners.answer_agreement": "Réponse du responsable légal",
                "learners.quote_price": "Prix proposé",
                "learners.accept_price": "Prix accepté",
                "learners.decide_funding": "Réponse d’un financeur",
                "learners.start_payment": "Paiement commencé",
                "learners.settle_payment": "Réponse du prestataire de paiement",
                "learners.record_payment": "Paiement reçu",
                "learners.record_refund": "Remboursement fait",
                "learners.recover_documents": "Traitement interrompu constaté",
                "learners.update_profile": "Profil mis à jour",
                "learners.move_in": "Adresse changée",
                "learners.record_consent": "Consentement donné ou retiré",
                "learners.resend_invitation": "Invitation renvoyée",
                "learners._end_at_majority": "Majorité de l’apprenant",
                "learners.find_duplicates": "Doublons cherchés",
                "learners.dismiss_duplicate": "Doublon écarté",
                "learners.merge_learners": "Dossiers réunis",
                "learners.ask_right": "Demande sur les données reçue",
                "learners.extend_request": "Demande sur les données prolongée",
                "learners.accept_request": "Demande sur les données acceptée",
                "learners.refuse_request": "Demande sur les données refusée",
                "learners.request_export": "Copie de données demandée",
                "learners.retry_export": "Copie de données redemandée",
                "learners.request_closure": "Fermeture du compte demandée",
                "learners.give_up_closure": "Fermeture du compte abandonnée",
                "learners.close_account": "Compte fermé",
                "learners.anonymise_account": "Compte anonymisé",
                "learners.erase_due": "Données effacées à leur terme",
            }
        )

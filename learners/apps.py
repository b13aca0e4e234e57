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
_ORGANISATION_DESK = {"learners.work_organisations"}
_CONFIRM = {"learners.confirm_enrolment", "learners.abandon_enrolment"}
_FOLLOW = {"learners.follow_enrolment", "learners.view_signal", "learners.view_followupattestation"}
_TEACH = {"learners.view_copy", "learners.mark_copy"}
_RULES = {"learners.view_signalrule", "learners.change_signalrule"}
_COURSES = {
    f"learners.{act}_{model}" for act in ("view", "add", "change") for model in ("module", "devoir", "devoirdate")
} | {"learners.delete_devoirdate"}


class LearnersConfig(AppConfig):
    name = "learners"
    verbose_name = "Apprenants et organisations"
    role_permissions = {
        Role.CRC_AGENT: _READ | {"learners.view_every_enrolment", "learners.view_organisation"},
        Role.CRC_SUPERVISOR: _READ
        | _CONFIRM
        | _CARE
        | _RIGHTS
        | _FOLLOW
        | _RULES
        | {
            "learners.view_every_enrolment",
            "learners.assign_tutor",
            "learners.view_organisation",
            "learners.revoke_document",
        },
        # Those of organisations only.
        Role.ESTABLISHMENT_DESK: _READ
        | _CONFIRM
        | _ORGANISATIONS
        | _ORGANISATION_DESK
        | {"learners.view_organisation_enrolments"},
        # Those of the trainings of the units given to the person.
        Role.UNIT_LEAD: _READ
        | _CONFIRM
        | _FOLLOW
        | _TEACH
        | _COURSES
        | {"learners.assign_tutor"}
        | {"learners.view_unit_enrolments", "learners.view_organisation", "learners.revoke_document"},
        # Those given to the person.
        Role.TUTOR: _READ | _FOLLOW | _TEACH | {"learners.view_tutored_enrolments", "learners.abandon_enrolment"},
        Role.CATALOGUE_MANAGER: _ADMISSIONS | _COURSES,
        Role.QUALITY_MANAGER: _RULES | {"learners.view_followupattestation"},
        Role.AUDITOR: {"learners.view_signalrule", "learners.view_followupattestation"},
        # The restricted register: its members read it, the administrator reads who did, and no report.
        Role.SAFEGUARDING: {"learners.view_safeguardingreport", "learners.handle_safeguardingreport"},
        Role.ADMINISTRATOR: _ORGANISATIONS | _ADMISSIONS | _PRIVACY | {"learners.view_reportaccess"},
    }

    def ready(self):
        from cned_portal.common.history import name_verbs
        from cned_portal.common.outbox.domain.wanted import register_check
        from learners.domain.guardians import own_file_of_a_minor, own_wards
        from learners.domain.holdings import register_holding
        from learners.domain.organisations import campaigns
        from learners.domain.organisations.seats import seats_to_answer
        from learners.domain.privacy.own import HOLDING
        from learners.domain.queries.courses import homework_steps
        from learners.domain.queries.files import awaiting_files, draft_steps, file_steps, own_drafts
        from learners.domain.queries.seats import seat_steps, shows_organisations
        from learners.domain.space import add_section, step_provider

        add_section("Tableau de bord", "learners:space", rank=0)
        add_section("Mes cours", "learners:courses", rank=10)
        add_section("Mes devoirs", "learners:homework", rank=20)
        add_section("Mon calendrier", "learners:calendar", rank=30)
        add_section("Mon organisation", "learners:organisations", rank=40, shown_to=shows_organisations)
        add_section("Mon profil", "learners:profile", rank=80)
        add_section("Mes responsables", "learners:guardians", rank=82, shown_to=own_file_of_a_minor)
        add_section("Apprenants dont je suis responsable", "learners:wards", rank=84, shown_to=own_wards)
        add_section("Mes données", "learners:data", rank=86)
        add_section("Notifications", "learners:notifications", rank=90)
        add_section("Application", "learners:application", rank=95)
        add_section("Signaler une violence", "learners:report", rank=98)
        step_provider(draft_steps, shown_to=own_drafts)
        step_provider(file_steps, shown_to=awaiting_files)
        step_provider(homework_steps)
        step_provider(seat_steps, shown_to=seats_to_answer)
        register_holding(HOLDING)
        register_check(campaigns.KIND, campaigns.still_wanted)

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
                "learners.open_module": "Module ouvert",
                "learners.finish_module": "Module terminé",
                "learners.hand_in": "Devoir rendu",
                "learners.take_copy": "Copie prise pour correction",
                "learners.take_next_copy": "Copie prise pour correction",
                "learners.release_copy": "Copie remise dans la file",
                "learners.mark_copy": "Devoir corrigé",
                "learners.assign_tutor": "Suivi confié à un tuteur",
                "learners.remind": "Relance envoyée",
                "learners.record_contact": "Contact noté",
                "learners.settle_contact": "Suite d’un contact notée",
                "learners.answer_reminder": "Réponse à une relance",
                "learners.refresh_signals": "Signaux du jour relevés",
                "learners.attest_followup": "Suivi vérifié",
                "learners.renew_feed": "Adresse de calendrier donnée",
                "learners.revoke_feed": "Adresse de calendrier supprimée",
                "learners.report_violence": "Signalement reçu",
                "learners.add_to_report": "Signalement complété",
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
                "learners.invite_member": "Membre invité",
                "learners.revoke_invitation": "Invitation retirée",
                "learners.accept_invitation": "Invitation acceptée",
                "learners.change_member_role": "Rôle d’un membre changé",
                "learners.remove_member": "Membre retiré",
                "learners.request_quote": "Devis demandé",
                "learners.draft_quote": "Devis commencé",
                "learners.set_quote_terms": "Conditions du devis fixées",
                "learners.add_quote_line": "Ligne de devis ajoutée",
                "learners.remove_quote_line": "Ligne de devis retirée",
                "learners.send_quote": "Devis envoyé",
                "learners.sign_quote": "Devis signé",
                "learners.order_quote": "Devis accepté par bon de commande",
                "learners.refuse_quote": "Devis refusé",
                "learners.cancel_quote": "Devis annulé",
                "learners.expire_quotes": "Devis expiré",
                "learners.retry_quote_document": "PDF du devis redemandé",
                "learners.use_voucher": "Place prise avec un bon",
                "learners.agree_to_seat": "Inscription par une organisation acceptée",
                "learners.decline_seat": "Inscription par une organisation refusée",
                "learners.release_seats": "Place rendue",
                "learners.request_group": "Liste à inscrire déposée",
                "learners.accept_group": "Liste à inscrire acceptée",
                "learners.retry_group": "Liste à inscrire reprise",
                "learners.check_group": "Liste à inscrire vérifiée",
                "learners.write_group": "Inscription groupée",
                "learners.recover_groups": "Traitement interrompu constaté",
                "learners.add_file": "Document ajouté au dossier",
                "learners.add_agreement": "Convention enregistrée",
                "learners.add_contact": "Contact ajouté",
                "learners.end_contact": "Contact terminé",
                "learners.open_point": "Point ouvert",
                "learners.resolve_point": "Point réglé",
                "learners.save_campaign": "Campagne rédigée",
                "learners.send_campaign": "Campagne envoyée",
                "learners.refuse_messages": "Messages refusés",
            }
        )

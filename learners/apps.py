from django.apps import AppConfig

from cned_portal.users.enums import Role

_READ = {"learners.view_learnerprofile", "learners.view_enrolment", "learners.view_document"}
_ORGANISATIONS = {
    f"learners.{act}_{model}" for act in ("view", "add", "change") for model in ("organisation", "organisationmember")
} | {"learners.delete_organisationmember"}
_ORGANISATION_DESK = {"learners.work_organisations"}
_CONFIRM = {"learners.confirm_enrolment", "learners.abandon_enrolment"}


class LearnersConfig(AppConfig):
    name = "learners"
    verbose_name = "Apprenants et organisations"
    role_permissions = {
        Role.CRC_AGENT: _READ | {"learners.view_every_enrolment", "learners.view_organisation"},
        Role.CRC_SUPERVISOR: _READ
        | _CONFIRM
        | {"learners.view_every_enrolment", "learners.view_organisation", "learners.revoke_document"},
        # Those of organisations only.
        Role.ESTABLISHMENT_DESK: _READ
        | _CONFIRM
        | _ORGANISATIONS
        | _ORGANISATION_DESK
        | {"learners.view_organisation_enrolments"},
        # Those of the trainings of the units given to the person.
        Role.UNIT_LEAD: _READ
        | _CONFIRM
        | {"learners.view_unit_enrolments", "learners.view_organisation", "learners.revoke_document"},
        Role.ADMINISTRATOR: _ORGANISATIONS,
    }

    def ready(self):
        from cned_portal.common.history import name_verbs
        from cned_portal.common.outbox.domain.wanted import register_check
        from learners.domain.organisations import campaigns
        from learners.domain.queries.seats import seat_steps, shows_organisations
        from learners.domain.space import add_section, step_provider

        add_section("Tableau de bord", "learners:space", rank=0)
        add_section("Mon organisation", "learners:organisations", rank=40, shown_to=shows_organisations)
        step_provider(seat_steps)
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
                "learners.invite_guardian": "Responsable légal invité",
                "learners.accept_guardianship": "Responsabilité d’un mineur acceptée",
                "learners.end_guardianship": "Responsabilité d’un mineur terminée",
                "learners.recover_documents": "Traitement interrompu constaté",
                "learners.invite_member": "Membre invité",
                "learners.resend_invitation": "Invitation renvoyée",
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

"""A person with something at every address of the API that takes a key, and how programs call for them."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from crc.domain.attachments import join_files
from learners.domain.files import provide_piece
from learners.domain.homework_files import store_files
from learners.domain.organisations.groups import request_group
from learners.domain.organisations.members import invite_member
from learners.domain.organisations.relations import add_file
from learners.domain.privacy.requests import ask_right
from learners.enums import (
    CopyState,
    FundingKind,
    FundingState,
    LearnerPublic,
    MemberRole,
    OrganisationFileKind,
    RightKind,
)
from learners.models import (
    CopyFile,
    CorrectionFile,
    DataExport,
    FundingLine,
    OrganisationMember,
    Payment,
    Piece,
    PushDevice,
    QuoteDocument,
    Seat,
    Voucher,
)
from quality.models import SurveyInvitation
from tests.crc.factories import make_ticket
from tests.exams.factories import BacRegistrationFactory, ReferenceResultFactory
from tests.learners.factories import (
    ContactFactory,
    CopyFactory,
    CorrectionFactory,
    DevoirFactory,
    DocumentFactory,
    EnrolmentFactory,
    EnrolmentFileFactory,
    GuardianshipFactory,
    LearnerProfileFactory,
    ModuleFactory,
    OrganisationFactory,
    member_of,
    people_file,
    voucher_for,
)
from tests.learners.factories import open_training as make_open_training
from tests.quality.factories import make_survey
from tests.users.factories import UserFactory

PASSWORD = "un-mot-de-passe-fictif"
PDF = b"%PDF-1.7 fictif"
FILE_ACTS = ["", "positionnement/", "acquis/", "responsable/", "devis/", "retractation/"]
SECRET = "Motsecretdelapersonne"  # in every text of the person that the API tells


class Person:
    """`keys` gives, for each address of the schema that takes a key, one that is the person's."""

    def __init__(self, survey=None):
        self.user = UserFactory(last_name=SECRET)
        self.user.set_password(PASSWORD)
        self.user.save()
        self.user.emailaddress_set.create(email=self.user.email, verified=True, primary=True)
        self.learner = LearnerProfileFactory(user=self.user)
        self.enrolment = EnrolmentFactory(learner=self.learner, active=True, training__title=f"{SECRET} en formation")
        self.document = DocumentFactory(enrolment=self.enrolment, issued=True)
        self.ticket = make_ticket(requester=self.user, subject=SECRET, body=SECRET)
        file = join_files(self.ticket.messages.first(), [(f"{SECRET}.pdf", PDF)])[0]
        self.survey = survey or make_survey()
        self.invitation = SurveyInvitation.objects.create(
            survey=self.survey,
            ticket=self.ticket,
            service=self.ticket.service,
            recipient=f"{self.user.pk:064d}",
            expires_at=timezone.now() + timedelta(days=9),
        )
        self.device = PushDevice.objects.create(
            user=self.user, label=SECRET, endpoint=f"https://push.example/{self.user.pk}", p256dh="x", auth="y"
        )
        ward = LearnerProfileFactory(public=LearnerPublic.PUPIL, user__last_name=SECRET)
        self.bond = GuardianshipFactory(learner=ward, guardian=self.user, accepted_at=timezone.now())
        ward_document = DocumentFactory(enrolment=EnrolmentFactory(learner=ward, confirmed=True), issued=True)
        self.contact = ContactFactory(enrolment=self.enrolment)
        module = ModuleFactory(training=self.enrolment.training, title=SECRET)
        devoir = DevoirFactory(module=module, title=SECRET, subject=SECRET)
        devoir.subject_file.save("sujet.pdf", ContentFile(PDF))
        marked = CopyFactory(
            enrolment=self.enrolment, devoir=DevoirFactory(module=module, title=SECRET), state=CopyState.MARKED
        )
        correction = CorrectionFactory(copy=marked, marked_at=timezone.now(), grade="12.50", feedback=SECRET)
        copy_file = store_files(CopyFile, [(f"{SECRET}.pdf", PDF)], copy=marked)[0]
        marked_file = store_files(CorrectionFile, [(f"{SECRET}.pdf", PDF)], correction=correction)[0]
        registration = {"id": BacRegistrationFactory(learner=self.learner, made=True).pk}
        self._ask_for_a_place()
        self._follow_minors()
        homework = {"id": self.enrolment.pk, "devoir": devoir.pk}
        self.keys: dict[str, dict[str, Any]] = {
            "/api/v1/demandes/{reference}/": {"reference": self.ticket.reference},
            "/api/v1/demandes/{reference}/messages/": {"reference": self.ticket.reference},
            "/api/v1/demandes/{reference}/pieces/{id}/": {"reference": self.ticket.reference, "id": file.pk},
            "/api/v1/moi/appareils/{id}/": {"id": self.device.pk},
            "/api/v1/moi/documents/{id}/": {"id": self.document.pk},
            "/api/v1/moi/documents/{id}/fichier/": {"id": self.document.pk},
            "/api/v1/moi/documents/{id}/recommencer/": {"id": self.document.pk},
            "/api/v1/moi/enquetes/{id}/": {"id": self.invitation.pk},
            "/api/v1/moi/enquetes/{id}/reponses/": {"id": self.invitation.pk},
            "/api/v1/moi/inscriptions/{id}/": {"id": self.enrolment.pk},
            "/api/v1/moi/inscriptions/{id}/documents/": {"id": self.enrolment.pk},
            "/api/v1/moi/baccalaureat/{id}/": registration,
            "/api/v1/moi/baccalaureat/{id}/faite/": registration,
            "/api/v1/moi/baccalaureat/{id}/resultat/": registration,
            "/api/v1/moi/cours/{id}/": {"id": self.enrolment.pk},
            "/api/v1/moi/cours/{id}/modules/{module}/": {"id": self.enrolment.pk, "module": module.pk},
            "/api/v1/moi/devoirs/{id}/{devoir}/": homework,
            "/api/v1/moi/devoirs/{id}/{devoir}/copies/": homework,
            "/api/v1/moi/devoirs/{id}/{devoir}/sujet/fichier/": homework,
            "/api/v1/moi/devoirs/copies/{id}/fichier/": {"id": copy_file.pk},
            "/api/v1/moi/devoirs/corrections/{id}/fichier/": {"id": marked_file.pk},
            "/api/v1/moi/suivi/{id}/": {"id": self.contact.pk},
            "/api/v1/moi/suivi/{id}/reponse/": {"id": self.contact.pk},
            "/api/v1/moi/mineurs/{id}/": {"id": self.left_bond.pk},
            "/api/v1/moi/mineurs/documents/{id}/fichier/": {"id": ward_document.pk},
            **{f"/api/v1/moi/dossiers/{{id}}/{act}": {"id": self.file.pk} for act in FILE_ACTS},
            "/api/v1/moi/pieces/{id}/": {"id": self.piece.pk},
            "/api/v1/moi/pieces/{id}/fichier/": {"id": self.piece.pk},
            "/api/v1/moi/paiements/{id}/": {"id": self.payment.pk},
            "/api/v1/moi/paiements/{id}/moyen/": {"id": self.payment.pk},
            "/api/v1/moi/accords/{id}/": {"id": self.ward_file.pk},
            "/api/v1/moi/accords/{id}/reponse/": {"id": self.ward_file.pk},
            "/api/v1/moi/mineurs/{id}/consentements/{finalite}/": {"id": self.child_bond.pk, "finalite": "news"},
            **self._organisation_keys(),
            **self._data_keys(),
            "/api/v1/moi/responsables/{id}/": {"id": self.guardian.pk},
            "/api/v1/moi/responsables/{id}/renvoi/": {"id": self.guardian.pk},
        }

    def _ask_for_a_place(self):
        """The file of a request that asks everything, with a piece sent and something to pay."""
        training, session = make_open_training(title=f"{SECRET} demandée")
        self.file = EnrolmentFileFactory(
            enrolment=EnrolmentFactory(learner=self.learner, training=training, session=session),
            needs_positioning=True,
            needs_prior_learning=True,
            needs_agreement=True,
            price="900.00",
            withdrawal_until=timezone.localdate(),
        )
        self.piece = Piece.objects.create(file=self.file, label=SECRET, why=SECRET)
        self.piece = provide_piece(self.piece, name=f"{SECRET}.pdf", content=PDF, acting_user=self.user)
        line = FundingLine.objects.create(
            file=self.file, kind=FundingKind.SELF, state=FundingState.AGREED, amount="900.00"
        )
        self.payment = Payment.objects.create(
            funding=line, amount="900.00", reference=f"r{self.user.pk}", due_on=timezone.localdate()
        )

    def _follow_minors(self):
        """A child under 15 whose file asks an agreement, a minor to follow no more, and who follows the person."""
        birth = timezone.localdate() - timedelta(days=4000)
        bound = {"guardian": self.user, "accepted_at": timezone.now()}
        child = LearnerProfileFactory(public=LearnerPublic.PUPIL, user__last_name=SECRET, date_of_birth=birth)
        self.child_bond = GuardianshipFactory(learner=child, **bound)
        self.left_bond = GuardianshipFactory(learner__user__last_name=SECRET, **bound)
        self.ward_file = EnrolmentFileFactory(enrolment=EnrolmentFactory(learner=child), needs_agreement=True)
        self.guardian = GuardianshipFactory(learner=self.learner, invited_email=f"parent{self.user.pk}@exemple.example")

    def _organisation_keys(self):
        """An organisation that the person manages, with a row of each kind, and a seat that another gave them."""
        body = OrganisationFactory(name=f"{SECRET} et compagnie")
        OrganisationMember.objects.create(organisation=body, user=self.user, role=MemberRole.MANAGER)
        voucher = voucher_for(body)
        document = QuoteDocument.objects.get(quote=voucher.line.quote)
        QuoteDocument.objects.claim(document.pk)
        QuoteDocument.objects.succeed_with_file(document.pk, PDF, folder="quotes")
        group = request_group(voucher, name=f"{SECRET}.csv", content=people_file(), acting_user=self.user)
        colleague = OrganisationMember.objects.get(user=member_of(body, last_name=SECRET))
        invited = [
            invite_member(body, email=f"{name}{body.pk}@exemple.example", role=MemberRole.READER, acting_user=self.user)
            for name in ("un", "deux")
        ]
        kept = {"kind": OrganisationFileKind.OTHER, "title": SECRET, "name": f"{SECRET}.pdf"}
        paper = add_file(body, **kept, content=PDF + str(body.pk).encode(), acting_user=self.user)
        seat = self._offered_seat()
        one = "/api/v1/moi/organisations/{organisation}/"
        rows = {
            "membres": ([""], colleague),
            "invitations": (["renvoi/"], invited[0]),
            "documents": (["fichier/"], paper),
            "devis": (["", "signature/", "commande/", "refus/", "fichier/"], voucher.line.quote),
            "listes": (["", "lignes/", "a-corriger/fichier/", "acceptation/", "recommencer/"], group),
        }
        lists = ["", *(f"{name}/" for name in rows), "suivi/", "suivi/fichier/", "listes/modele/fichier/"]
        return {
            **{f"{one}{name}": {"organisation": body.pk} for name in lists},
            **{
                f"{one}{name}/{{id}}/{act}": {"organisation": body.pk, "id": row.pk}
                for name, (acts, row) in rows.items()
                for act in acts
            },
            f"{one}invitations/{{id}}/": {"organisation": body.pk, "id": invited[1].pk},
            "/api/v1/moi/places/{id}/": {"id": seat.pk},
            "/api/v1/moi/places/{id}/reponse/": {"id": seat.pk},
        }

    def _data_keys(self):
        run = DataExport.objects.create(user=self.user)
        DataExport.objects.claim(run.pk)
        DataExport.objects.succeed_with_file(run.pk, PDF, folder="exports")
        right = ask_right(self.learner, kind=RightKind.OTHER, wanted=SECRET, acting_user=self.user)
        one = "/api/v1/moi/donnees/copies/{id}/"
        return {
            **{f"{one}{act}": {"id": run.pk} for act in ("", "recommencer/", "fichier/")},
            "/api/v1/moi/donnees/demandes/{id}/": {"id": right.pk},
        }

    def _offered_seat(self):
        giver = OrganisationFactory(name=f"{SECRET} bienfaiteur")
        voucher = voucher_for(giver)
        Voucher.objects.take(voucher.pk)
        enrolment = EnrolmentFactory(learner=self.learner, training=voucher.training, organisation=giver)
        return Seat.objects.create(voucher=voucher, enrolment=enrolment, given_name=SECRET, given_email=self.user.email)

    def client(self, **kwargs):
        """By the session of the site."""
        client = Client(**kwargs)
        client.force_login(self.user)
        return client

    def token(self):
        """That of an application: the key of a session."""
        return self.client().cookies[settings.SESSION_COOKIE_NAME].value


# Keys of the schema that name public things: nobody's
PUBLIC_KEYS = {"slug", "nature", "finalite", "code", "etape"}


def public_things():
    """What anyone reads: a training with an open session, a result; the training and the session."""
    ReferenceResultFactory()
    return make_open_training(title="Formation ouverte")

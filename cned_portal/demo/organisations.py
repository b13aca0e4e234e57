"""An organisation at work, all invented: members, quotes at each step, a list enrolled, what the desk follows."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from catalogue.models import Training
from cned_portal.common.spreadsheets import csv_text
from cned_portal.demo.people import LEARNER, STAFF
from cned_portal.users.enums import Role
from cned_portal.users.models import User
from learners.domain.enrolments import open_sessions
from learners.domain.organisations import campaigns, groups, members, quotes, relations
from learners.domain.organisations.seats import vouchers
from learners.enums import ContactSide, GroupMode, MemberRole, OrganisationFileKind, OrganisationKind
from learners.models import Enrolment, Organisation, OrganisationMember, Quote, QuoteDocument

PAPER = b"%PDF-1.7\n% Document fictif de la demonstration\n%%EOF\n"
HEADER = ["nom", "prénom", "adresse électronique"]


def load():
    """Once: what is there already is left as it is."""
    organisation = Organisation.objects.filter(kind=OrganisationKind.FRENCH_SCHOOL).order_by("pk").first()
    if organisation is None or organisation.quotes.exists():
        return
    camille = User.objects.get(email=LEARNER[0])
    desk = User.objects.get(email=STAFF[Role.ESTABLISHMENT_DESK][0])
    OrganisationMember.objects.get_or_create(
        organisation=organisation, user=camille, defaults={"role": MemberRole.MANAGER}
    )
    members.invite_member(
        organisation, email="vie.scolaire@exemple.example", role=MemberRole.CONTACT, acting_user=camille
    )
    _relations(organisation, desk)
    sessions = _sessions(camille)
    if len(sessions) < 2:
        return
    quotes.request_quote(organisation, request="Dix places en langues pour la rentrée.", acting_user=camille)
    _sent(organisation, sessions[:2], desk, camille)
    signed = _sent(organisation, sessions[:1], desk, camille)
    quotes.sign_quote(signed, name="Dominique Exemple", position="Proviseure", acting_user=camille)
    for document in QuoteDocument.objects.filter(quote__organisation=organisation):
        quotes.build_quote_document(document.pk)
    _lists(vouchers().get(line__quote=signed), camille)
    _campaigns(desk)


def _sessions(camille):
    """A session of each of some trainings in which Camille is not enrolled."""
    taken = Enrolment.objects.filter(learner__user=camille).values("training")
    trainings = Training.objects.with_enrolment_open().filter(enrolment_open=True, state="published")
    found = (open_sessions(training).first() for training in trainings.exclude(pk__in=taken).order_by("slug")[:4])
    return [session for session in found if session]


def _sent(organisation, sessions, desk, camille):
    quote = Quote.objects.create(organisation=organisation, requested_by=camille, request="Places pour nos élèves.")
    for session in sessions:
        quotes.add_quote_line(quote, session=session, seats=10, unit_price=Decimal("89.50"), acting_user=desk)
    return quotes.send_quote(quote, acting_user=desk)


def _lists(voucher, camille):
    people = [["Fictif", "Alix", "alix.fictif@exemple.example"], ["Exemple", "Camille", LEARNER[0]]]
    written = _checked(voucher, "seconde-b.csv", people, camille)
    groups.accept_group(written, mode=GroupMode.ALL, acting_user=camille)
    groups.process_group(written.pk)
    people = [["Témoin", "Noa", "noa.temoin@exemple.example"], ["", "Sacha", "sacha sans adresse"], *people]
    _checked(voucher, "seconde-c.csv", people, camille)


def _checked(voucher, name, people, camille):
    content = csv_text(HEADER, people).encode()
    run = groups.request_group(voucher, name=name, content=content, acting_user=camille)
    groups.process_group(run.pk)
    return run


def _relations(organisation, desk):
    today = timezone.localdate()
    relations.add_contact(
        organisation, side=ContactSide.CNED, user=desk, subject="inscriptions et conventions", acting_user=desk
    )
    relations.add_contact(
        organisation,
        side=ContactSide.ORGANISATION,
        name="Dominique Exemple",
        email="intendance@exemple.example",
        subject="facturation",
        acting_user=desk,
    )
    paper = relations.add_file(
        organisation,
        kind=OrganisationFileKind.AGREEMENT,
        title="Convention signée",
        name="convention.pdf",
        content=PAPER,
        acting_user=desk,
    )
    relations.add_agreement(
        organisation,
        title="Convention d’accueil de classes",
        starts_on=today - timedelta(days=60),
        ends_on=today + timedelta(days=300),
        shares_grades=False,
        paper=paper,
        acting_user=desk,
    )
    late = today - timedelta(days=3)
    relations.open_point(
        organisation, title="Recevoir la liste des élèves de seconde", owner=desk, due_on=late, acting_user=desk
    )
    settled = relations.open_point(
        organisation, title="Signer la convention", owner=desk, due_on=None, acting_user=desk
    )
    relations.resolve_point(settled, resolution="Signée et reçue.", acting_user=desk)


def _campaigns(desk):
    fields = {"audience": "managers", "kinds": [OrganisationKind.FRENCH_SCHOOL], "acting_user": desk}
    sent = campaigns.save_campaign(
        None, subject="Inscriptions de la rentrée", body="Bonjour,\n\nles inscriptions sont ouvertes.", **fields
    )
    campaigns.send_campaign(sent, acting_user=desk)
    campaigns.write_campaign(sent.pk)
    campaigns.save_campaign(
        None, subject="Journée des établissements", body="Bonjour,\n\nretrouvons-nous au printemps.", **fields
    )

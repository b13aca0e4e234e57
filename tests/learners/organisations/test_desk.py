"""The desk of the DAIC: the list, the file of an organisation, points, papers, campaigns; closed to other staff."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cned_portal.common.outbox.domain.dispatch import dispatch
from cned_portal.common.outbox.models import Mail
from cned_portal.users.enums import Role
from learners.domain.organisations.campaigns import (
    recipients_of,
    recover_campaigns,
    refusal_token,
    save_campaign,
    send_campaign,
    write_campaign,
)
from learners.domain.organisations.members import invite_member
from learners.domain.organisations.quotes import request_quote
from learners.domain.refusals import MoveRefused, Refusal
from learners.enums import CampaignState, MemberRole, OrganisationKind
from learners.models import CampaignRecipient, MailOptOut, OpenPoint
from tests.crc.factories import make_ticket
from tests.learners.factories import CampaignFactory, OpenPointFactory, OrganisationFactory, QuoteFactory, member_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def organisation():
    return OrganisationFactory(name="Lycée Modèle", kind=OrganisationKind.FRENCH_SCHOOL, uai="9990001X")


@pytest.fixture
def desk(staff, client):
    user = staff(Role.ESTABLISHMENT_DESK)
    client.force_login(user)
    return user


def names(response):
    return [organisation.name for organisation, _ in response.context["rows"]]


def test_list_finds_by_name_kind_identifier_and_what_waits(organisation, desk, client):
    other = OrganisationFactory(name="Société Exemple")
    address = reverse("admin:learners_orgs")
    assert names(client.get(address)) == [other.name, organisation.name]
    for query in ({"q": "lycee modele"}, {"q": "999 0001 x"}, {"nature": "french_school"}):
        assert names(client.get(address, query)) == [organisation.name], query
    assert names(client.get(address, {"vue": "points"})) == []
    OpenPointFactory(organisation=organisation)
    assert names(client.get(address, {"vue": "points"})) == [organisation.name]
    request_quote(other, request="Dix places", acting_user=None)
    assert names(client.get(address, {"vue": "devis"})) == [other.name]
    assert client.get(address, {"apres": "faux"}).status_code == 404


def test_other_staff_are_refused(organisation, staff, client):
    point = OpenPointFactory(organisation=organisation)
    addresses = [
        reverse("admin:learners_orgs"),
        organisation.desk_url,
        reverse("admin:learners_org_add", args=[organisation.pk, "point"]),
        reverse("admin:learners_org_point", args=[point.pk]),
        reverse("admin:learners_campaigns"),
    ]
    client.force_login(staff(Role.ESTABLISHMENT_DESK))
    assert {client.get(address).status_code for address in addresses} == {200}
    client.force_login(staff(Role.CRC_SUPERVISOR))
    assert {client.get(address).status_code for address in addresses} == {403}


def test_file_shows_what_was_added_and_settled(organisation, desk, client):
    def add(what, **fields):
        return client.post(reverse("admin:learners_org_add", args=[organisation.pk, what]), fields)

    assert add("point").status_code == 200
    add("point", title="Relancer la convention", owner=desk.pk, due_on="01/02/2020")
    add("contact-cned", user=desk.pk, subject="inscriptions")
    add("contact", name="Dominique Exemple", email="d@exemple.example", subject="facturation")
    add("document", kind="agreement", title="Convention signée", file=SimpleUploadedFile("c.pdf", b"%PDF-1.7"))
    paper = organisation.files.get()
    add("convention", title="Convention 2026", starts_on="01/09/2026", paper=paper.pk, shares_grades="on")
    add("membre", email="membre@exemple.example", role=MemberRole.MANAGER)
    assert add("inconnu").status_code == 404

    text = client.get(organisation.desk_url).content.decode()
    for shown in ("Relancer la convention", "En retard", desk.get_full_name(), "Dominique Exemple", "Convention 2026"):
        assert shown in text
    assert "notes communiquées" in text
    assert "membre@exemple.example" in text
    point = OpenPoint.objects.get()
    assert any(item.label == "Points ouverts en retard" for item in client.get("/gestion/").context["todos"])
    client.post(reverse("admin:learners_org_point", args=[point.pk]), {"resolution": "Signée"})
    client.post(reverse("admin:learners_org_contact_end", args=[organisation.contacts.first().pk]))
    again = client.post(reverse("admin:learners_org_point", args=[point.pk]), {"resolution": "Encore"})
    assert "déjà réglé" in again.content.decode()
    text = client.get(organisation.desk_url).content.decode()
    assert "Relancer la convention : Signée" in text
    assert organisation.contacts.filter(ended_at=None).count() == 1


def test_same_paper_twice_is_one(organisation, desk, client):
    address = reverse("admin:learners_org_add", args=[organisation.pk, "document"])
    for _ in range(2):
        file = SimpleUploadedFile("c.pdf", b"%PDF-1.7")
        response = client.post(address, {"kind": "other", "title": "Statuts", "file": file})
    assert "déjà dans le dossier" in response.content.decode()
    assert organisation.files.count() == 1


def test_file_shows_the_requests_that_the_person_may_read(organisation, desk, client):
    member = member_of(organisation)
    make_ticket(requester=member, requester_email=member.email, subject="Livraison des cours", public="etablissement")
    make_ticket(subject="Question d’un inconnu", public="etablissement")
    text = client.get(organisation.desk_url).content.decode()
    assert "Livraison des cours" in text
    assert "Question d’un inconnu" not in text


def test_file_costs_the_same_with_one_and_three(organisation, desk, client, django_assert_max_num_queries):
    counts = []
    client.get(organisation.desk_url)
    for rank in range(3):
        OpenPointFactory(organisation=organisation, owner=desk)
        QuoteFactory(organisation=organisation)
        member_of(organisation)
        invite_member(organisation, email=f"i{rank}@exemple.example", role="reader", acting_user=None)
        with django_assert_max_num_queries(45) as queries:
            client.get(organisation.desk_url)
        counts.append(len(queries))
    assert len(set(counts)) == 1, counts


# Campaigns ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def people(organisation):
    company = OrganisationFactory(kind=OrganisationKind.COMPANY)
    manager = member_of(organisation)
    reader = member_of(company, MemberRole.READER)
    company.members.create(user=manager, role=MemberRole.MANAGER)  # of both: written to once
    return manager, reader


def test_campaign_goes_once_to_each_address(people):
    campaign = CampaignFactory()
    send_campaign(campaign, acting_user=None)
    assert write_campaign(campaign.pk)
    assert not write_campaign(campaign.pk)
    recover_campaigns()
    mails = Mail.objects.filter(kind="learners/email/campaign")
    assert sorted(mails.values_list("to", flat=True)) == sorted(user.email for user in people)
    with pytest.raises(MoveRefused):
        send_campaign(campaign, acting_user=None)
    with pytest.raises(MoveRefused):
        save_campaign(campaign, subject="Autre", acting_user=None)


@pytest.mark.parametrize(
    ("fields", "number"),
    [({}, 2), ({"audience": "managers"}, 1), ({"kinds": ["french_school"]}, 1), ({"audience": "contacts"}, 0)],
)
def test_campaign_goes_to_those_it_is_for(people, fields, number):
    assert len(recipients_of(CampaignFactory(**fields))) == number


def test_campaign_for_nobody_does_not_leave():
    with pytest.raises(Refusal, match="Personne"):
        send_campaign(CampaignFactory(), acting_user=None)


def test_who_refuses_gets_contracts_alone(people, client):
    campaign = CampaignFactory()
    send_campaign(campaign, acting_user=None)
    write_campaign(campaign.pk)
    recipient = CampaignRecipient.objects.order_by("pk").first()
    address = reverse("learners:campaign_refuse", kwargs={"token": refusal_token(recipient)})
    assert recipient.email not in address
    assert client.get(address).status_code == 200
    assert not MailOptOut.objects.exists()  # reading is not refusing
    client.post(address)
    client.post(address)
    assert MailOptOut.objects.get().email == recipient.email
    assert recipient.email not in recipients_of(CampaignFactory())
    assert recipient.email in recipients_of(CampaignFactory(is_contractual=True))
    assert client.get(reverse("learners:campaign_refuse", kwargs={"token": "faux"})).status_code == 404


def test_refusal_between_the_writing_and_the_departure_is_honoured(people, sink):
    campaign = CampaignFactory()
    send_campaign(campaign, acting_user=None)
    write_campaign(campaign.pk)
    manager, reader = people
    MailOptOut.objects.create(email=reader.email)
    dispatch()
    assert [mail["To"] for mail in sink.taken] == [manager.email]


def test_desk_writes_reads_and_sends(people, desk, client):
    fields = {"subject": "Rentrée", "body": "Bonjour.", "audience": "members", "kinds": ["company"]}
    assert client.post(reverse("admin:learners_campaign_new"), {**fields, "body": ""}).status_code == 200
    response = client.post(reverse("admin:learners_campaign_new"), fields, follow=True)
    assert "2 adresses" in response.content.decode()
    assert not Mail.objects.filter(kind="learners/email/campaign").exists()
    campaign = response.context["campaign"]
    client.post(campaign.desk_url)
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.SENDING

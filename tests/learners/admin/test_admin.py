import pytest
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.backoffice import registry
from cned_portal.users.enums import Role
from learners.enums import EnrolmentState
from learners.models import Organisation
from tests.catalogue.factories import UnitMembershipFactory
from tests.learners.factories import DocumentFactory, EnrolmentFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
LIST = reverse("admin:learners_enrolment_changelist")


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    settings.STAFF_MFA_REQUIRED = False


@pytest.fixture
def lead(staff):
    return staff(Role.UNIT_LEAD)


@pytest.fixture
def mine(lead):
    enrolment = EnrolmentFactory()
    UnitMembershipFactory(user=lead, unit=enrolment.training.unit)
    return enrolment


def act(client, action, *rows):
    return client.post(LIST, {"action": action, "_selected_action": [row.pk for row in rows]}, follow=True)


def test_unit_lead_confirms_in_the_units_given_only(client, lead, mine):
    other = EnrolmentFactory()
    client.force_login(lead)
    page = client.get(LIST).content.decode()
    assert mine.learner.number in page
    assert other.learner.number not in page

    act(client, "confirm", mine, other)

    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.state, other.state) == (EnrolmentState.CONFIRMED, EnrolmentState.REQUESTED)


def test_refused_move_is_said_and_the_others_are_done(client, lead, mine):
    second = EnrolmentFactory(training=mine.training, confirmed=True)
    client.force_login(lead)
    page = act(client, "confirm", mine, second).content.decode()

    assert "elle ne peut pas devenir confirmée" in page
    assert "Inscriptions confirmées : 1." in page


def test_agent_reads_and_does_not_confirm(client, agent, mine):
    client.force_login(agent)
    assert mine.learner.number in client.get(LIST).content.decode()

    act(client, "confirm", mine)

    mine.refresh_from_db()
    assert mine.state == EnrolmentState.REQUESTED
    assert client.get(reverse("admin:learners_abandon", args=[mine.pk])).status_code == 403


def test_abandon_asks_for_its_reason(client, lead, mine):
    enrolment = EnrolmentFactory(training=mine.training, active=True)
    client.force_login(lead)
    assert "une seule inscription" in act(client, "abandon", mine, enrolment).content.decode()
    form = act(client, "abandon", enrolment)
    url = reverse("admin:learners_abandon", args=[enrolment.pk])
    assert form.redirect_chain[-1][0] == url

    assert "Choisissez une raison." in client.post(url, {"on": "2026-01-01"}).content.decode()
    refused = client.post(url, {"on": "2001-01-01", "reason": "time"})
    assert "avant le début" in refused.content.decode()
    client.post(url, {"on": timezone.localdate().isoformat(), "reason": "time"})

    enrolment.refresh_from_db()
    assert (enrolment.state, enrolment.abandon_reason) == (EnrolmentState.ABANDONED, "time")


def test_acts_on_what_is_not_seen_are_not_found(client, lead, mine):
    document = DocumentFactory(issued=True)
    client.force_login(lead)

    assert client.get(reverse("admin:learners_abandon", args=[mine.pk])).status_code == 200
    assert client.get(reverse("admin:learners_abandon", args=[document.enrolment.pk])).status_code == 404
    assert client.get(reverse("admin:learners_revoke", args=[document.pk])).status_code == 404


def test_document_is_revoked_with_its_reason(client, lead, mine):
    document = DocumentFactory(issued=True, enrolment__training=mine.training)
    client.force_login(lead)
    url = reverse("admin:learners_revoke", args=[document.pk])
    listed = client.post(
        reverse("admin:learners_document_changelist"), {"action": "revoke", "_selected_action": [document.pk]}
    )
    assert listed.url == url

    client.post(url, {"reason": "Erreur de nom"})

    document.refresh_from_db()
    assert document.is_revoked
    assert "valable peut être révoqué" in client.post(url, {"reason": "Encore"}).content.decode()


@pytest.mark.parametrize("model", ["learnerprofile", "enrolment", "document"])
@pytest.mark.parametrize("count", [1, 3])
def test_lists_do_not_read_row_by_row(client, agent, model, count, django_assert_num_queries):
    for _ in range(count):
        DocumentFactory(issued=True, enrolment__organisation=OrganisationFactory())
    client.force_login(agent)
    url = reverse(f"admin:learners_{model}_changelist")
    client.get(url)

    with django_assert_num_queries(5):
        client.get(url)


def test_search_by_number_or_address(client, agent):
    first, second = EnrolmentFactory(), EnrolmentFactory()
    client.force_login(agent)
    for query in (first.learner.number, first.learner.user.email):
        page = client.get(LIST, {"q": query}).content.decode()
        assert first.learner.number in page
        assert second.learner.number not in page


def test_stock_pages_edit_nothing(client, agent, mine):
    client.force_login(agent)
    for name, row in (("enrolment", mine), ("learnerprofile", mine.learner)):
        url = reverse(f"admin:learners_{name}_change", args=[row.pk])
        assert client.get(url).status_code == 200
        assert client.post(url, {"state": "active"}).status_code == 403
        assert client.get(reverse(f"admin:learners_{name}_history", args=[row.pk])).status_code == 200
        assert client.get(reverse(f"admin:learners_{name}_add")).status_code == 403


def test_desk_keeps_organisations_and_their_identifiers(client, staff):
    client.force_login(staff(Role.ESTABLISHMENT_DESK))
    url = reverse("admin:learners_organisation_add")
    data = {
        "name": "Lycée Exemple",
        "kind": "french_school",
        "siret": "000 000 018 00010",
        "uai": "9990003a",
        "rna": "",
        "is_active": "on",
        **{f"members-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS")},
    }
    refused = client.post(url, data).content.decode()
    assert "Ce code UAI n’est pas valable" in refused
    assert client.post(url, data | {"uai": "9990003z"}).status_code == 302

    organisation = Organisation.objects.get()
    assert (organisation.siret, organisation.uai) == ("00000001800010", "9990003Z")
    found = client.get(reverse("admin:learners_organisation_changelist"), {"q": "LYCEE"}).content.decode()
    assert "Lycée Exemple" in found


def test_home_counts_what_waits_for_those_who_confirm(lead, mine, agent):
    EnrolmentFactory()

    def waiting(user):
        return [
            (item.label, item.count)
            for provider in registry.todo_providers
            for item in provider(user)
            if "Inscriptions" in item.label
        ]

    assert waiting(lead) == [("Inscriptions à confirmer", 1)]
    assert waiting(agent) == []

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cned_portal.common import page_cache
from cned_portal.common.progress import RunState
from cned_portal.users.enums import Role
from learners.domain.documents import request_document
from learners.models import Document
from tests.html_checks import html_problems
from tests.learners.factories import DocumentFactory, EnrolmentFactory, LearnerProfileFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
SPACE = "/mon-espace/"


@pytest.fixture
def profile(learner):
    return LearnerProfileFactory(user=learner)


def test_space_is_for_signed_in_people(client):
    response = client.get(SPACE)

    assert response.status_code == 302
    assert response.url == f"{reverse('account_login')}?next={SPACE}"


def test_space_of_a_person_without_enrolment_leads_to_the_catalogue(client, stranger):
    client.force_login(stranger)
    page = client.get(SPACE).content.decode()

    assert "Trouver une formation" in page
    assert not html_problems(page)


def test_space_shows_what_is_the_persons_own(client, profile, stranger):
    own = EnrolmentFactory(learner=profile, active=True)
    other = EnrolmentFactory(active=True)
    client.force_login(profile.user)
    page = client.get(SPACE).content.decode()

    assert own.training.title in page
    assert profile.number in page
    assert other.training.title not in page
    assert "Demander mon certificat de scolarité" in page
    assert not html_problems(page)


def test_space_says_what_waits(client, profile):
    EnrolmentFactory(learner=profile)
    enrolment = EnrolmentFactory(learner=profile, confirmed=True)
    failed = DocumentFactory(enrolment=enrolment)
    Document.objects.fail(failed.pk, "panne")
    client.force_login(profile.user)
    page = client.get(SPACE).content.decode()

    assert "Nous examinons votre demande" in page
    assert "la préparation a échoué" in page
    assert not html_problems(page)


@pytest.mark.parametrize("count", [1, 3])
def test_space_reads_a_fixed_number_of_rows(client, profile, count, django_assert_num_queries):
    for _ in range(count):
        DocumentFactory(
            issued=True,
            enrolment__learner=profile,
            enrolment__active=True,
            enrolment__organisation=OrganisationFactory(),
        )
    client.force_login(profile.user)
    client.get(SPACE)

    # The account, what concerns the person (menu and steps), enrolments, documents, devoirs
    with django_assert_num_queries(5):
        client.get(SPACE)


def test_page_after_an_act_is_fresh(client, profile):
    enrolment = EnrolmentFactory(learner=profile, active=True)
    client.force_login(profile.user)
    assert "Demander mon certificat de scolarité" in client.get(SPACE).content.decode()

    client.post(reverse("learners:ask_certificate", args=[enrolment.pk]))

    page = client.get(SPACE).content.decode()
    assert "Demander mon certificat de scolarité" not in page
    assert "En préparation" in page


def test_two_people_share_the_frame_and_nothing_of_theirs(profile):
    """The second finds the frame that was kept for the first, and may sign out with the form that stands in it."""
    other = LearnerProfileFactory()
    own, others = EnrolmentFactory(learner=profile, active=True), EnrolmentFactory(learner=other, active=True)
    first, second = Client(), Client(enforce_csrf_checks=True)
    first.force_login(profile.user)
    second.force_login(other.user)
    pages = [first.get(SPACE).content.decode(), second.get(SPACE).content.decode()]

    for page, mine, enrolment, not_mine in ((pages[0], profile, own, other), (pages[1], other, others, profile)):
        assert f"Bonjour {mine.user.first_name}<" in page
        assert f'name="compte" content="{mine.user.device_mark}"' in page
        assert mine.number in page
        assert enrolment.training.title in page
        assert not_mine.number not in page
        assert not_mine.user.device_mark not in page
    tokens = [re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1] for page in pages]
    assert tokens[0] != tokens[1]
    assert second.post(reverse("account_logout"), {"csrfmiddlewaretoken": tokens[1]}).status_code == 302
    assert second.get(SPACE).status_code == 302


def test_page_in_a_kept_frame_is_the_page_rendered_whole(client, profile, monkeypatch):
    """With a message to say, the page is rendered whole, for the person."""
    EnrolmentFactory(learner=profile, active=True)
    client.force_login(profile.user)
    framed = [client.get(SPACE).content.decode() for _ in range(2)]
    monkeypatch.setattr(page_cache, "get_messages", lambda request: ["un message"])
    whole = client.get(SPACE).content.decode()

    texts = {re.sub(r'(name="csrfmiddlewaretoken" value=)"\w+"', r"\1", page) for page in [*framed, whole]}
    assert len(texts) == 1


def test_page_of_a_person_is_kept_by_no_browser(client, profile):
    client.force_login(profile.user)
    for _ in range(2):
        assert "no-store" in client.get(SPACE)["Cache-Control"]


def test_message_is_said_once_in_the_space(client, profile):
    client.force_login(profile.user)
    client.get(SPACE)
    client.post(reverse("learners:ask_certificate", args=[EnrolmentFactory(learner=profile).pk]))
    said = "inscription confirmée ou en cours"

    assert said in client.get(SPACE).content.decode()
    assert said not in client.get(SPACE).content.decode()


def test_member_of_staff_finds_the_way_to_the_back_office(client, profile, agent):
    """Frames differ: that of a learner is not shown to staff, nor the other way round."""
    for user, shown in ((profile.user, False), (agent, True), (profile.user, False)):
        client.force_login(user)
        assert ("Espace de gestion" in client.get(SPACE).content.decode()) == shown


def test_name_that_looks_like_a_mark_is_a_name(client, profile):
    profile.user.first_name = f"{page_cache._TOKEN} {page_cache._CONTENT}"
    profile.user.save()
    client.force_login(profile.user)

    assert f"Bonjour {profile.user.first_name}<" in client.get(SPACE).content.decode()


@pytest.mark.parametrize("state", ["requested", "confirmed", "active", "finished", "abandoned", "cancelled"])
def test_enrolment_page_says_where_it_stands(client, profile, state):
    from tests.learners.test_models import FIELDS

    enrolment = EnrolmentFactory(learner=profile, state=state, **FIELDS[state])
    client.force_login(profile.user)
    page = client.get(enrolment.get_absolute_url()).content.decode()

    assert enrolment.get_state_display() in page
    asks = reverse("learners:ask_certificate", args=[enrolment.pk]) in page
    assert asks == (state in {"confirmed", "active"})
    assert not html_problems(page)


def test_certificate_from_the_click_to_the_file(client, profile, django_capture_on_commit_callbacks):
    enrolment = EnrolmentFactory(learner=profile, active=True)
    client.force_login(profile.user)
    ask = reverse("learners:ask_certificate", args=[enrolment.pk])

    first = client.post(ask)
    assert client.post(ask).url == first.url
    page = client.get(first.url).content.decode()
    assert "En attente" in page
    assert 'hx-trigger="every 2s"' in page
    assert not html_problems(page)

    document = Document.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        Document.objects.fail(document.pk, "Une panne.")
        failed = client.get(first.url).content.decode()
        assert "Une panne." in failed
        assert not html_problems(failed)
        assert client.post(reverse("learners:document_retry", args=[document.pk])).url == first.url

    fragment = client.get(first.url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert "hx-get" not in fragment
    page = client.get(first.url).content.decode()
    assert document.printed_code in page
    assert not html_problems(page)

    response = client.get(reverse("learners:document_download", args=[document.pk]))
    assert response.getvalue().startswith(b"%PDF")
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'attachment; filename="certificat-de-scolarite.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]


def test_certificate_of_a_request_is_refused_in_words(client, profile):
    enrolment = EnrolmentFactory(learner=profile)
    client.force_login(profile.user)
    response = client.post(reverse("learners:ask_certificate", args=[enrolment.pk]), follow=True)

    assert "inscription confirmée ou en cours" in response.content.decode()
    assert not Document.objects.exists()


@pytest.mark.parametrize("role", [None, Role.CRC_AGENT, Role.UNIT_LEAD])
def test_another_person_finds_nothing(client, profile, stranger, staff, settings, role):
    """The owner opens each address; nobody else does, staff included: theirs are the admin's pages."""
    settings.STAFF_MFA_REQUIRED = False
    document = DocumentFactory(issued=True, enrolment__learner=profile)
    enrolment = document.enrolment
    gets = [
        enrolment.get_absolute_url(),
        document.get_absolute_url(),
        reverse("learners:document_download", args=[document.pk]),
    ]
    posts = [
        reverse("learners:ask_certificate", args=[enrolment.pk]),
        reverse("learners:document_retry", args=[document.pk]),
    ]

    client.force_login(profile.user)
    for url in gets:
        response = client.get(url)
        assert response.status_code == 200
        assert response.getvalue()  # read to its end, so that its file is closed
    assert [client.post(url).status_code for url in posts] == [302, 302]

    client.force_login(staff(role) if role else stranger)
    assert {client.get(url).status_code for url in gets} == {404}
    assert {client.post(url).status_code for url in posts} == {404}
    client.logout()
    assert {client.get(url).status_code for url in gets} == {302}


def test_addresses_that_change_things_are_post_only(client, profile):
    document = DocumentFactory(enrolment__learner=profile)
    client.force_login(profile.user)

    for name, key in (("ask_certificate", document.enrolment.pk), ("document_retry", document.pk)):
        assert client.get(reverse(f"learners:{name}", args=[key])).status_code == 405


def test_document_that_is_not_ready_has_no_file(client, profile):
    document = request_document(EnrolmentFactory(learner=profile, active=True), acting_user=None)
    client.force_login(profile.user)
    url = reverse("learners:document_download", args=[document.pk])
    assert document.state == RunState.PENDING
    assert client.get(url).status_code == 404

    issued = DocumentFactory(issued=True, enrolment__learner=profile)
    issued.file.storage.delete(issued.file.name)
    assert client.get(reverse("learners:document_download", args=[issued.pk])).status_code == 404


@pytest.mark.parametrize("pk", ["0", "99999999999999999999999"])
def test_number_that_does_not_exist_is_not_found(client, profile, pk):
    client.force_login(profile.user)

    assert client.get(f"{SPACE}documents/{pk}/").status_code == 404
    assert client.get(f"{SPACE}inscriptions/{pk}/").status_code == 404


def test_revoked_document_is_said_to_its_owner(client, profile):
    document = DocumentFactory(
        issued=True,
        enrolment__learner=profile,
        revoked_at=timezone.now() + timedelta(hours=1),
        revoked_reason="Raison interne",
    )
    client.force_login(profile.user)
    page = client.get(document.get_absolute_url()).content.decode()

    assert "révoqué" in page
    assert "Raison interne" not in page

import pytest
from django.urls import reverse

from cned_portal.users.enums import Role
from learners.domain.privacy.exports import make_export, request_export
from learners.models import AccountClosure, Address, DataExport, DuplicateCandidate, FileAccess, RightRequest
from tests.learners.factories import LearnerProfileFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def learner(db):
    learner = LearnerProfileFactory()
    learner.user.set_password(PASSWORD)
    learner.user.save()
    return learner


PASSWORD = "un-mot-de-passe-fictif"


def confirmed(client, url, sent=None):
    """Send a form, give the password again where it is asked, and get the answer of the form."""
    asked = client.post(url, sent or {})
    assert reverse("account_reauthenticate") in asked["Location"]
    return client.post(asked["Location"], {"password": PASSWORD})


def test_copy_asks_for_the_password_again(client, learner):
    client.force_login(learner.user)
    url = reverse("learners:data_export_ask")
    assert reverse("account_reauthenticate") in client.post(url)["Location"]
    assert not DataExport.objects.exists()

    answer = confirmed(client, url)
    run = DataExport.objects.get()
    assert answer["Location"] == run.get_absolute_url()
    make_export(run.pk)
    file = client.get(reverse("learners:data_export_file", kwargs={"pk": run.pk}))
    assert b"".join(file.streaming_content).startswith(b"PK")


def test_copy_of_another_is_not_found(client, learner, stranger):
    run = request_export(acting_user=learner.user)
    make_export(run.pk)
    client.force_login(stranger)
    for name in ("data_export", "data_export_file"):
        assert client.get(reverse(f"learners:{name}", kwargs={"pk": run.pk})).status_code == 404


def test_closing_signs_out_and_says_how_to_come_back(client, learner):
    client.force_login(learner.user)
    url = reverse("learners:data_close")
    assert "50 ans" in client.get(url).content.decode()
    assert "Cochez cette case" in confirmed(client, url).content.decode()
    assert not AccountClosure.objects.exists()
    assert client.post(url, {"confirmed": "on"}).status_code == 302
    assert AccountClosure.objects.waiting().get().user == learner.user
    assert "_auth_user_id" not in client.session


def test_request_twice_speaks_beside_its_field(client, learner):
    client.force_login(learner.user)
    url = reverse("learners:data_ask")
    assert client.post(url, {"kind": "last_name", "wanted": "Exemple"}).status_code == 302
    assert "déjà en cours" in client.post(url, {"kind": "last_name", "wanted": "Exemple"}).content.decode()
    assert RightRequest.objects.count() == 1


@pytest.mark.parametrize("phone", ["12", "06 12 34 56 7a", "+33 6 12 34 56 78\n<script>", "9" * 31])
def test_wrong_telephone_is_refused_and_nothing_is_written(client, learner, phone):
    client.force_login(learner.user)
    answer = client.post(reverse("learners:profile"), {"public": "student", "phone": phone})
    assert "Erreur" in answer.content.decode()
    learner.refresh_from_db()
    assert (learner.phone, learner.public) == ("", "adult")


def test_profile_and_address_are_saved(client, learner):
    client.force_login(learner.user)
    sent = {"public": "student", "phone": "06 12 34 56 78", "accommodations": ["extra_time"], "situation": "abroad"}
    client.post(reverse("learners:profile"), sent)
    learner.refresh_from_db()
    assert (learner.phone, learner.situation) == ("+33612345678", "abroad")
    assert learner.accommodations.get().kind == "extra_time"
    assert "Erreur" in client.post(reverse("learners:profile"), {**sent, "situation": "detained"}).content.decode()

    url = reverse("learners:address", kwargs={"kind": "postale"})
    assert "code postal" in client.post(url, {"street": "1 rue", "city": "Lille", "country": "France"}).content.decode()
    client.post(url, {"street": "1 rue", "city": "Lille", "postal_code": "59000", "country": "France"})
    assert Address.objects.current().get().city == "Lille"
    assert client.get(reverse("learners:address", kwargs={"kind": "autre"})).status_code == 404


def test_staff_opening_a_file_is_noted(client, staff, learner, settings):
    settings.STAFF_MFA_REQUIRED = False
    agent = staff(Role.CRC_AGENT)
    client.force_login(agent)
    for name in ("change", "history", "change"):
        assert client.get(reverse(f"admin:learners_learnerprofile_{name}", args=[learner.pk])).status_code == 200
    noted = FileAccess.objects.filter(learner=learner, agent=agent)
    assert sorted(noted.values_list("kind", flat=True)) == ["history", "profile"]
    client.force_login(staff(Role.ADMINISTRATOR))
    assert learner.number in client.get(reverse("admin:learners_accesses")).content.decode()


def test_staff_without_the_right_open_no_file_and_leave_no_line(client, staff, learner, settings):
    settings.STAFF_MFA_REQUIRED = False
    client.force_login(staff(Role.EXAM_ANALYST))
    assert client.get(reverse("admin:learners_learnerprofile_change", args=[learner.pk])).status_code in {302, 403}
    assert not FileAccess.objects.exists()


def test_duplicate_is_judged_on_its_page(client, staff, learner, settings):
    settings.STAFF_MFA_REQUIRED = False
    other = LearnerProfileFactory()
    first, second = sorted((learner, other), key=lambda item: item.pk)
    candidate = DuplicateCandidate.objects.create(first=first, second=second, rule="phone")
    url = reverse("admin:learners_duplicate", kwargs={"pk": candidate.pk})
    client.force_login(staff(Role.CRC_SUPERVISOR))
    assert "ne se défait pas" in client.get(url).content.decode()
    assert client.post(url, {"act": "reunir"}).status_code == 200
    client.post(url, {"act": "reunir", "keep": str(first.pk), "confirmed": "on"})
    second.refresh_from_db()
    assert second.merged_into == first
    assert client.get(url).status_code == 404

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from catalogue.enums import Perimeter, RecruitmentState
from cned_portal.common.outbox.models import Mail
from learners.models import Enrolment, EnrolmentDraft, LearnerProfile
from tests.html_checks import html_problems
from tests.learners.factories import LearnerProfileFactory, open_training
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer():
    training, session = open_training(perimeter=Perimeter.COMPETITIVE)
    session.action.price = None  # nothing to pay: one step
    session.action.save()
    return training, session, reverse("learners:enrol", args=[training.slug])


def test_request_is_recorded_from_the_training_page(client, learner, offer):
    training, session, url = offer
    assert url in client.get(training.get_absolute_url()).content.decode()
    client.force_login(learner)
    page = client.get(url).content.decode()
    assert "inscription libre" in page
    assert not html_problems(page)

    response = client.post(
        url,
        {"session": session.pk, "public": "adult", "date_of_birth": "1990-02-03", "city": "  Poitiers ", "country": ""},
    )

    enrolment = Enrolment.objects.get()
    assert response.url == enrolment.get_absolute_url()
    assert (enrolment.state, enrolment.session, enrolment.learner.user) == ("requested", session, learner)
    assert enrolment.learner.city == "Poitiers"
    assert str(enrolment.learner.date_of_birth) == "1990-02-03"


def test_second_request_leads_to_the_first(client, learner, offer):
    _, session, url = offer
    client.force_login(learner)
    first = client.post(url, {"session": session.pk, "public": "adult"})

    assert client.post(url, {"session": session.pk, "public": "adult"}).url == first.url
    assert client.get(url).url == first.url
    assert Enrolment.objects.count() == Mail.objects.count() == 1


def test_visitor_signs_in_first(client, offer):
    url = offer[2]

    assert client.get(url).url == f"{reverse('account_login')}?next={url}"
    assert client.post(url, {}).status_code == 302
    assert not Enrolment.objects.exists()


def test_regulated_training_says_its_conditions(client, learner):
    training, _ = open_training(perimeter=Perimeter.REGULATED)
    client.force_login(learner)
    page = client.get(reverse("learners:enrol", args=[training.slug])).content.decode()

    assert "Scolarité réglementée" in page
    assert "accord des services académiques" in page


def test_account_without_names_is_asked_for_them(client, offer):
    _, session, url = offer
    user = UserFactory(first_name="", last_name="")
    client.force_login(user)
    refused = client.post(url, {"session": session.pk, "public": "adult"})
    assert refused.status_code == 200
    assert "Indiquez votre nom." in refused.content.decode()
    assert not html_problems(refused.content.decode())

    client.post(url, {"session": session.pk, "public": "adult", "first_name": "Lou", "last_name": "Exemple"})
    user.refresh_from_db()
    assert user.get_full_name() == "Lou Exemple"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "Choisissez une formule."),
        ({"session": "0"}, "Cette formule n’est plus ouverte"),
        ({"session": "x" * 300}, "Cette formule n’est plus ouverte"),
        ({"public": "extraterrestre"}, "Sélectionnez un choix valide"),
        ({"date_of_birth": "hier"}, "Écrivez une date"),
        ({"date_of_birth": "2999-01-01"}, "Une date de naissance est dans le passé."),
        ({"date_of_birth": "1850-01-01"}, "trop ancienne"),
        ({"city": "x" * 101}, "100 caractères"),
        ({"city": "Poi\x00tiers"}, "caractère"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(client, learner, offer, data, message):
    _, session, url = offer
    client.force_login(learner)
    valid = {"session": session.pk, "public": "adult"} if data else {}
    response = client.post(url, valid | data)

    assert response.status_code == 200
    page = response.content.decode()
    assert message in page
    assert not html_problems(page.replace("\0", ""))
    assert not LearnerProfile.objects.exists()


def test_known_file_prefills_the_form(client, offer):
    profile = LearnerProfileFactory(city="Rennes")
    client.force_login(profile.user)

    assert 'value="Rennes"' in client.get(offer[2]).content.decode()


def test_training_that_closes_meanwhile_keeps_what_was_typed_and_says_so(client, learner, offer):
    training, session, url = offer
    client.force_login(learner)
    client.post(reverse("learners:enrol_save", args=[training.slug, "vous"]), {"city": "Poitiers"})
    session.recruitment = RecruitmentState.CLOSED
    session.save()
    for page in (client.post(url, {"session": session.pk, "city": "Poitiers"}), client.get(url)):
        content = page.content.decode()
        assert "est gardé quatre-vingt-dix jours" in content
        assert reverse("learners:enrol_drop", args=[training.slug]) in content
        assert not html_problems(content)
    assert EnrolmentDraft.objects.get().data["vous"]["city"] == ["Poitiers"]
    assert "Les inscriptions à cette session sont closes." in client.get(training.get_absolute_url()).content.decode()


def test_closed_training_takes_nobody(client, learner, offer):
    _, session, url = offer
    session.enrolment_closes_on = timezone.localdate() - timedelta(days=1)
    session.save()
    client.force_login(learner)
    page = client.get(url).content.decode()
    assert "sont closes" in page
    assert not html_problems(page)

    client.post(url, {"session": session.pk, "public": "adult"})
    assert not Enrolment.objects.exists()


def test_unpublished_training_does_not_exist(client, learner, offer):
    training, _, url = offer
    training.state = "draft"
    training.save()
    client.force_login(learner)

    assert client.get(url).status_code == 404

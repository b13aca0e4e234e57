"""Four doors, one form a public: what each asks, what it knows of the account, what it proposes before sending."""

import html

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from crc.enums import Event, Language, Public
from crc.forms import new_stamp
from crc.forms.door import DOORS, door_of
from crc.models import SuggestionCount, Ticket
from learners.enums import LearnerPublic, MemberRole, OrganisationKind
from learners.models import OrganisationMember
from tests.catalogue.factories import TrainingFactory
from tests.crc.factories import (
    RoutingRuleFactory,
    ServiceFactory,
    TopicFactory,
    fallback_service,
    make_article,
    make_unit,
)
from tests.learners.factories import EnrolmentFactory, LearnerProfileFactory, OrganisationFactory

pytestmark = pytest.mark.django_db
CHOICE, FORMER = "/nous-ecrire/", "/demandes/nouvelle/"
SIRET, UAI = "73282932000074", "9990001X"
SAID = {
    "topic": "autre",
    "subject": "Une question",
    "body": "Bonjour,\nquand recevrai-je la réponse ?",
    "name": "Camille Exemple",
    "email": "camille@exemple.example",
}
FACTS = {
    "apprenant": {"public": "adulte"},
    "entreprise": {"public": "entreprise", "organisation": "Ateliers Exemple"},
    "acheteur-public": {"public": "administration", "organisation": "Mairie Exemple", "siret": SIRET},
    "etablissement": {"public": "etablissement", "organisation": "Lycée Exemple"},
}


@pytest.fixture(autouse=True)
def desk():
    fallback_service()
    return TopicFactory(code="autre", label="Autre chose")


def text(response):
    return html.unescape(response.content.decode())


def send(client, door, **changes):
    return client.post(f"{CHOICE}{door}/", {**SAID, **FACTS[door], "stamp": new_stamp(), "website": "", **changes})


def act_for(user, organisation):
    return OrganisationMember.objects.create(user=user, organisation=organisation, role=MemberRole.MANAGER)


# The doors ----------------------------------------------------------------------------------------------------------
def test_every_public_has_one_door():
    assert [len([door for door in DOORS.values() if public in door.publics]) for public in Public] == [1] * len(Public)


def test_choice_leads_to_each_door(client):
    shown = text(client.get(CHOICE))
    for slug, door in DOORS.items():
        assert f'href="{CHOICE}{slug}/"' in shown
        assert door.label in shown
    training = TrainingFactory(published=True)
    assert f'href="{CHOICE}entreprise/?formation={training.slug}"' in text(
        client.get(CHOICE, {"formation": training.slug})
    )


@pytest.mark.parametrize("public", Public.values)
def test_known_public_goes_straight_to_its_door(client, public):
    answer = client.get(CHOICE, {"public": public, "formation": "cap"})
    assert answer["Location"] == f"{CHOICE}{door_of(public).slug}/?public={public}&formation=cap"


@pytest.mark.parametrize("params", [{"public": "pirate"}, {"public": "a\0b", "formation": "<script>"}])
def test_made_up_choice_is_only_ignored(client, params):
    assert client.get(CHOICE, params).status_code == 200


def test_unknown_door_does_not_exist(client):
    assert client.get(f"{CHOICE}pirate/").status_code == 404
    assert client.post(f"{CHOICE}pirate/", SAID).status_code == 404


def test_former_address_leads_to_the_doors(client):
    assert client.get(FORMER)["Location"] == CHOICE
    moved = client.get(FORMER, {"formation": "cap", "autre": "x"})
    assert (moved.status_code, moved["Location"]) == (301, f"{CHOICE}?formation=cap")


@pytest.mark.parametrize("public", [Public.ADULT, Public.COMPANY])
def test_what_was_typed_in_the_former_form_is_not_lost(client, public):
    typed = {**SAID, "public": public, "stamp": new_stamp(), "website": "", "formation": ""}
    answer = client.post(FORMER, typed, follow=True)
    assert answer.redirect_chain[0] == (f"{CHOICE}{door_of(public).slug}/", 307)
    if public == Public.ADULT:
        assert Ticket.objects.exists()
    else:  # what its form asks more is said beside its field
        assert set(answer.context["form"].errors) == {"organisation"}
        assert answer.context["form"]["body"].value() == SAID["body"]


@pytest.mark.parametrize("door", DOORS)
def test_question_becomes_a_ticket_of_its_public(client, door):
    answer = send(client, door)
    assert answer.status_code == 302, answer.context["form"].errors
    ticket = Ticket.objects.get()
    assert ticket.public == FACTS[door]["public"]
    assert ticket.language == Language.FRENCH
    assert ticket.messages.get().body.endswith(SAID["body"])


@pytest.mark.parametrize("door", DOORS)
def test_each_door_takes_files(client, door):
    send(client, door, files=SimpleUploadedFile("piece.pdf", b"%PDF-1.7 fictif"))
    assert Ticket.objects.get().messages.get().attachments.count() == 1


@pytest.mark.parametrize("door", DOORS)
def test_each_door_offers_the_subjects_of_its_public(client, door):
    for public in Public:
        TopicFactory(code=f"de-{public}", publics=[public])
    offered = {code for code, _ in client.get(f"{CHOICE}{door}/").context["form"].fields["topic"].choices}
    assert offered == {"", "autre"} | {f"de-{public}" for public in DOORS[door].publics}


def test_public_without_a_subject_can_still_ask(client, desk):
    type(desk).objects.update(publics=[Public.ADULT])
    assert send(client, "entreprise").status_code == 302


@pytest.mark.parametrize(
    ("door", "change", "said"),
    [
        ("apprenant", {"number": "12"}, "10 chiffres"),
        ("apprenant", {"number": "1234567890"}, "vérifiez ses chiffres"),
        ("apprenant", {"public": "etablissement"}, "n’en fait pas partie"),
        ("entreprise", {"organisation": ""}, "obligatoire"),
        ("entreprise", {"organisation": "a\nBcc: x"}, "une seule ligne"),
        ("entreprise", {"siret": "73282932000075"}, "Ce SIRET n’est pas valable"),
        ("acheteur-public", {"siret": ""}, "Indiquez le SIRET"),
        ("acheteur-public", {"contract": "x" * 101}, "100"),
        ("etablissement", {"organisation": ""}, "Indiquez le nom de l’établissement, ou son code UAI."),
        ("etablissement", {"uai": "1234567A"}, "Ce code UAI n’est pas valable"),
        ("etablissement", {"uai": "9" * 300}, "20"),
        ("etablissement", {"topic": "pirate"}, "Choisissez un sujet de la liste."),
    ],
)
def test_mistake_is_said_and_nothing_is_written(client, door, change, said):
    response = send(client, door, **change)
    assert response.status_code == 200
    assert said in text(response)
    assert not Ticket.objects.exists()


def test_facts_come_before_the_message(client):
    send(client, "acheteur-public", contract="M-2026-1", siret="732 829 320 00074")
    facts = [
        "Nom de votre organisme : Mairie Exemple",
        f"SIRET : {SIRET}",
        "Marché ou convention de référence : M-2026-1",
    ]
    assert Ticket.objects.get().messages.get().body == "\n".join([*facts, "", SAID["body"]])


def test_language_is_that_of_the_person_whatever_the_form_adds(client):
    send(client, "etablissement", subject="Partnership", body="Hello, could you please tell me how to join?")
    assert Ticket.objects.get().language == Language.ENGLISH


def test_schools_reach_the_single_counter(client):
    counter = ServiceFactory(code="guichet-unique", name="Guichet unique")
    RoutingRuleFactory(public=Public.ESTABLISHMENT, service=counter)
    send(client, "etablissement")
    ticket = Ticket.objects.get()
    assert ticket.service == counter
    assert "guichet unique" in text(client.get(f"{CHOICE}etablissement/")).lower()


# What the portal knows ------------------------------------------------------------------------------------------------
@pytest.fixture
def enrolled(learner):
    profile = LearnerProfileFactory(user=learner, public=LearnerPublic.STUDENT)
    return EnrolmentFactory(learner=profile, training__unit=make_unit("U7"))


def test_learner_finds_the_form_filled_in(client, learner, enrolled):
    client.force_login(learner)
    form = client.get(f"{CHOICE}apprenant/").context["form"]
    assert [form[name].value() for name in ("name", "email", "number", "public")] == [
        learner.get_full_name(),
        learner.email,
        enrolled.learner.number,
        Public.STUDENT,
    ]
    about = client.get(f"{CHOICE}apprenant/", {"formation": enrolled.training.slug}).context["form"]
    assert about["enrolment"].value() == enrolled.pk


def test_enrolment_chosen_routes_the_question_by_its_unit(client, learner, enrolled):
    rule = RoutingRuleFactory(unit=enrolled.training.unit)
    client.force_login(learner)
    send(client, "apprenant", enrolment=str(enrolled.pk), formation=TrainingFactory(published=True).slug)
    ticket = Ticket.objects.get()
    assert (ticket.training, ticket.service) == (enrolled.training, rule.service)


def test_enrolment_of_another_is_refused(client, learner, stranger, enrolled):
    other = EnrolmentFactory(learner=LearnerProfileFactory(user=stranger))
    client.force_login(learner)
    answer = send(client, "apprenant", enrolment=str(other.pk))
    assert answer.status_code == 200
    assert not Ticket.objects.exists()
    assert other.training.title not in text(answer)


def test_visitor_is_shown_no_enrolment(client, enrolled):
    assert "enrolment" not in client.get(f"{CHOICE}apprenant/").context["form"].fields
    send(client, "apprenant", enrolment=str(enrolled.pk))
    assert Ticket.objects.get().training is None


@pytest.mark.parametrize(
    ("door", "kind", "code"),
    [
        ("entreprise", OrganisationKind.COMPANY, {"siret": SIRET}),
        ("acheteur-public", OrganisationKind.PUBLIC_BUYER, {"siret": SIRET}),
        ("etablissement", OrganisationKind.FRENCH_SCHOOL, {"uai": UAI}),
    ],
)
def test_member_finds_their_organisation_filled_in(client, learner, stranger, door, kind, code):
    own = OrganisationFactory(name="Maison Exemple", kind=kind, **code)
    act_for(learner, own)
    act_for(learner, OrganisationFactory(kind=OrganisationKind.OTHER_ESTABLISHMENT, is_active=False))
    for person, expected in ((learner, own.name), (stranger, None)):
        client.force_login(person)
        form = client.get(f"{CHOICE}{door}/").context["form"]
        assert form["organisation"].value() == expected
        for name, value in code.items():
            assert form[name].value() == (value if expected else None)


@pytest.mark.parametrize("is_member", [True, False])
def test_agents_are_told_which_school_it_is_and_who_claims_it(client, learner, is_member):
    school = OrganisationFactory(
        name="Lycée Témoin", city="Ville-Exemple", kind=OrganisationKind.FRENCH_SCHOOL, uai=UAI
    )
    if is_member:
        act_for(learner, school)
    client.force_login(learner)
    answer = client.post(
        f"{CHOICE}etablissement/",
        {**SAID, "public": "etablissement", "uai": "999 0001 x", "stamp": new_stamp()},
        follow=True,
    )
    ticket = Ticket.objects.get()
    told = ticket.log.get(event=Event.RECEIVED).detail
    assert "Lycée Témoin, Ville-Exemple" in told
    assert ("le compte en est membre" in told) == is_member
    assert "Code UAI : 9990001X" in ticket.messages.get().body
    assert "Témoin" not in text(answer), "a stranger learns nothing of our customers by typing identifiers"


def test_unknown_school_is_simply_not_known(client):
    send(client, "etablissement", organisation="", uai=UAI)
    assert Ticket.objects.get().log.get(event=Event.RECEIVED).detail == ""


@pytest.mark.parametrize("door", DOORS)
def test_form_costs_the_same_with_more_rows(client, learner, enrolled, door, django_assert_num_queries):
    company = OrganisationFactory(siret=SIRET)
    act_for(learner, company)
    client.force_login(learner)
    client.get(f"{CHOICE}{door}/")
    expected = 4 if door == "apprenant" else 3  # account, subjects; what is known of the account
    with django_assert_num_queries(expected):
        client.get(f"{CHOICE}{door}/")
    TopicFactory.create_batch(2)
    EnrolmentFactory.create_batch(2, learner=enrolled.learner)
    act_for(learner, OrganisationFactory())
    with django_assert_num_queries(expected):
        client.get(f"{CHOICE}{door}/")


# Answers before sending ----------------------------------------------------------------------------------------------
@pytest.fixture
def article():
    return make_article("Comment recevoir un devis ?")


def counts():
    return SuggestionCount.objects.values_list("shown", "submitted").first()


def test_near_answer_is_shown_once_then_the_question_leaves(client, article):
    stamp = new_stamp()
    first = send(client, "entreprise", subject="Recevoir mon devis", stamp=stamp)
    assert article.title in text(first)
    assert "Envoyer quand même" in text(first)
    assert "n’est pas encore partie" in text(first)
    assert not Ticket.objects.exists()
    assert counts() == (1, 0)
    form = first.context["form"]
    again = {name: form[name].value() or "" for name in form.fields if name != "files"}
    assert again["stamp"] == stamp
    assert client.post(f"{CHOICE}entreprise/", {**again, "proposes": first.context["offered"]}).status_code == 302
    assert Ticket.objects.get().subject == "Recevoir mon devis"
    assert counts() == (1, 1)


def test_second_click_counts_nothing_more(client, article):
    stamp = new_stamp()
    for _ in range(2):
        send(client, "entreprise", subject="Recevoir mon devis", stamp=stamp)
    assert counts() == (1, 0)


@pytest.mark.parametrize("subject", ["Devis", "Recevoir les cours de mon fils par la poste", "!!"])
def test_far_answer_does_not_stop_anybody(client, article, subject):
    assert send(client, "apprenant", subject=subject).status_code == 302
    assert counts() is None


def test_answer_for_another_public_does_not_stop_anybody(client):
    make_article("Comment recevoir un devis ?", publics=[Public.COMPANY])
    assert send(client, "apprenant", subject="Recevoir mon devis").status_code == 302


def test_who_joins_files_is_not_stopped(client, article):
    """A page shown again cannot keep them."""
    file = SimpleUploadedFile("piece.pdf", b"%PDF-1.7 fictif")
    assert send(client, "entreprise", subject="Recevoir mon devis", files=file).status_code == 302
    assert Ticket.objects.get().messages.get().attachments.count() == 1


def test_who_was_proposed_answers_while_typing_is_not_stopped(client, article):
    assert send(client, "entreprise", subject="Recevoir mon devis", proposes=str(article.pk)).status_code == 302
    assert counts() == (0, 1)


def test_structured_requests_propose_answers_too(client, article):
    TopicFactory(code="rappel")
    shown = text(client.get("/demandes/rappel/"))
    assert "from:#id_message" in shown
    typed = {
        **{name: SAID[name] for name in ("name", "email")},
        "public": "adulte",
        "phone": "01 99 00 00 00",
        "slot": "any",
        "message": "Comment recevoir le devis ?",
        "stamp": new_stamp(),
    }
    assert article.title in text(client.post("/demandes/rappel/", typed))
    assert client.post("/aide/suggestions/", {"message": typed["message"], "public": "adulte"}).status_code == 200
    assert client.post("/demandes/rappel/", {**typed, "proposes": str(article.pk)}).status_code == 302
    assert counts() == (2, 1)


@pytest.mark.parametrize("door", DOORS)
def test_form_asks_for_the_csrf_token(door):
    strict = Client(enforce_csrf_checks=True)
    assert send(strict, door).status_code == 403
    assert strict.post(FORMER, SAID).status_code == 403

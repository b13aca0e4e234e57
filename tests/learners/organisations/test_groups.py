"""A list of people: checked line by line, enrolled as accepted, never twice, and nothing learnt of accounts."""

import csv
import io
from datetime import date, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from catalogue.enums import RecruitmentState
from cned_portal.common.outbox.models import Mail
from cned_portal.common.progress import RunState
from cned_portal.common.spreadsheets import xlsx_bytes
from cned_portal.users.models import User
from learners.domain.enrolments import cancel_enrolment, enrol
from learners.domain.organisations.group_lines import HEADINGS, TO_CHECK
from learners.domain.organisations.groups import accept_group, process_group, recover_groups, request_group, retry_group
from learners.domain.organisations.seats import agree_to_seat, decline_seat, seats_to_answer
from learners.domain.refusals import Refusal
from learners.enums import EnrolmentState, GroupMode, LearnerPublic, MemberRole, Relationship
from learners.models import Enrolment, GroupEnrolment, LearnerProfile, Seat
from tests.learners.factories import (
    GuardianshipFactory,
    LearnerProfileFactory,
    OrganisationFactory,
    member_of,
    open_training,
    people_file,
    voucher_for,
)
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db
ALIX = ("Exemple", "Alix", "alix@exemple.example")
LOU = ("Fictif", "Lou", "lou@exemple.example")


@pytest.fixture
def organisation():
    return OrganisationFactory(name="Lycée Modèle")


@pytest.fixture
def contact(organisation):
    return member_of(organisation, MemberRole.CONTACT)


@pytest.fixture
def voucher(organisation):
    return voucher_for(organisation, seats=5)


def checked(voucher, content, *, user=None, name="liste.csv"):
    run = request_group(voucher, name=name, content=content, acting_user=user)
    process_group(run.pk)
    run.refresh_from_db()
    return run


def enrolled(voucher, content, *, mode=GroupMode.GOOD, user=None):
    run = checked(voucher, content, user=user)
    accept_group(run, mode=mode, acting_user=user)
    process_group(run.pk)
    run.refresh_from_db()
    return run


def problems(run):
    return {line.line: [tuple(item) for item in line.problems] for line in run.lines.exclude(problems=[])}


def test_list_is_checked_without_enrolling_anyone_then_enrolled(voucher, contact):
    run = checked(voucher, people_file(ALIX, LOU), user=contact)
    assert (run.created_count, run.refused_count) == (2, 0)
    assert not Enrolment.objects.exists()
    assert not User.objects.filter(email=ALIX[2]).exists()

    accept_group(run, mode=GroupMode.ALL, acting_user=contact)
    assert process_group(run.pk)
    assert not process_group(run.pk)  # the message delivered again

    run.refresh_from_db()
    voucher.refresh_from_db()
    assert (run.is_written, run.created_count, voucher.used) == (True, 2, 2)
    alix = User.objects.get(email=ALIX[2])
    assert (alix.get_full_name(), alix.has_usable_password()) == ("Alix Exemple", False)
    enrolment = Enrolment.objects.get(learner__user=alix)
    assert (enrolment.state, enrolment.organisation) == (EnrolmentState.REQUESTED, run.organisation)
    mail = Mail.objects.get(key=f"learners.group_enrolled:{enrolment.pk}")
    assert mail.to == alix.email
    assert "Lycée Modèle" in mail.text


def test_same_file_again_changes_nothing(voucher):
    enrolled(voucher, people_file(ALIX, LOU))
    before = (User.objects.count(), LearnerProfile.objects.count(), Enrolment.objects.count(), Mail.objects.count())

    again = enrolled(voucher, people_file(ALIX, LOU), mode=GroupMode.ALL)

    assert (again.created_count, again.unchanged_count) == (0, 2)
    assert before == (
        User.objects.count(),
        LearnerProfile.objects.count(),
        Enrolment.objects.count(),
        Mail.objects.count(),
    )
    voucher.refresh_from_db()
    assert voucher.used == 2


def test_each_wrong_line_says_why_beside_its_number(voucher):
    rows = [
        ("", "Alix", "alix@exemple.example", "", ""),
        ("Exemple", "Lou", "pas une adresse", "31/02/2001", "martien"),
        ("Exemple", "Lou", "lou@exemple.example", "01/01/2999", ""),
        ("Exemple", "Max", "max@exemple.example", "1/9/1990", "Élève"),
        ("Double", "Max", "MAX@exemple.example", "", ""),
    ]
    run = checked(voucher, people_file(*rows, heading=HEADINGS))
    found = problems(run)
    assert found[2] == [("nom", "obligatoire")]
    assert [name for name, _ in found[3]] == ["adresse électronique", "date de naissance", "public"]
    assert found[4][0][0] == "date de naissance"
    assert found[6] == [("adresse électronique", "déjà à la ligne 5")]
    assert (run.created_count, run.refused_count) == (1, 4)


def test_three_hundred_errors_lose_nothing(voucher, contact, client):
    good = [ALIX, LOU]
    bad = [("Exemple", f"Prénom {rank}", f"adresse {rank}") for rank in range(300)]
    run = enrolled(voucher, people_file(*good, *bad))
    assert (run.created_count, run.refused_count) == (2, 300)

    client.force_login(contact)
    keys = {"organisation": run.organisation_id, "pk": run.pk}
    page = client.get(f"{run.get_absolute_url()}?effet=refused").content.decode()
    assert "Prénom 0 Exemple" in page
    assert "écrivez une adresse comme nom@domaine.fr" in page
    response = client.get(reverse("learners:organisation_group_refusals", kwargs=keys))
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert [row["prénom"] for row in rows] == [cells[1] for cells in bad]
    # Corrected, the file of refusals is deposited as it is.
    corrected = text.replace("adresse 0;", "zero@exemple.example;", 1).encode()
    again = checked(voucher, corrected)
    assert (again.created_count, again.refused_count, again.ignored_columns) == (1, 299, ["ligne du fichier"])


def test_all_or_nothing_writes_nothing_when_a_line_became_wrong(voucher):
    run = checked(voucher, people_file(ALIX, LOU))
    UserFactory(email=LOU[2], is_active=False)
    accept_group(run, mode=GroupMode.ALL, acting_user=None)
    process_group(run.pk)
    run.refresh_from_db()
    assert run.nothing_written
    assert not Enrolment.objects.exists()
    assert not User.objects.filter(email=ALIX[2]).exists()
    with pytest.raises(Refusal):
        retry_group(run, acting_user=None)


def test_lines_beyond_the_seats_are_refused(organisation):
    voucher = voucher_for(organisation, seats=1)
    run = enrolled(voucher, people_file(ALIX, LOU))
    assert problems(run) == {3: [("places", "il n’en reste plus : le bon en a 1")]}
    assert Enrolment.objects.get().learner.user.email == ALIX[2]


def test_existing_person_keeps_their_data_and_the_organisation_sees_its_own_words(voucher, contact, client):
    born = date(1980, 1, 1)
    known = LearnerProfileFactory(
        user=UserFactory(email=ALIX[2], first_name="Vrai", last_name="Nom"), date_of_birth=born
    )
    proved = UserFactory(email="autre@exemple.example", first_name="Secret", last_name="Titulaire")
    EmailAddress.objects.create(user=proved, email=LOU[2], verified=True)
    cells = [(*ALIX, "02/02/1999", "élève"), (*LOU, "", "")]

    run = enrolled(voucher, people_file(*cells, heading=HEADINGS))

    known.refresh_from_db()
    assert (known.user.get_full_name(), known.date_of_birth, known.public) == ("Vrai Nom", born, LearnerPublic.ADULT)
    assert set(Enrolment.objects.values_list("learner__user", flat=True)) == {known.user_id, proved.pk}
    client.force_login(contact)
    keys = {"organisation": run.organisation_id}
    shown = client.get(reverse("learners:organisation_follow_up", kwargs=keys)).content.decode()
    assert "Alix Exemple" in shown
    assert "En attente de la personne" in shown
    for secret in ("Vrai", "Titulaire", "autre@exemple.example"):
        assert secret not in shown


def test_nothing_tells_one_account_from_another(voucher, organisation):
    """Closed, of staff, enrolled by itself, by another organisation, the same person twice: one sentence."""
    training, session = voucher.training, voucher.session
    UserFactory(email="clos@exemple.example", is_active=False)
    UserFactory(email="agent@exemple.example", is_staff=True)
    own = UserFactory(email="seul@exemple.example")
    enrol(user=own, training=training, session=session, acting_user=own)
    other = voucher_for(OrganisationFactory(), session=session)
    enrolled(other, people_file(("Exemple", "Autre", "autre@exemple.example")))
    twin = UserFactory(email="un@exemple.example")
    EmailAddress.objects.create(user=twin, email="deux@exemple.example", verified=True)
    names = ["clos", "agent", "seul", "autre", "un", "deux"]

    run = checked(voucher, people_file(*(("Exemple", name, f"{name}@exemple.example") for name in names)))

    assert {reason for found in problems(run).values() for _, reason in found} == {TO_CHECK}
    assert (run.created_count, run.refused_count) == (1, 5)


def test_address_that_its_owner_never_proved_is_not_that_account(voucher):
    thief = UserFactory()
    EmailAddress.objects.create(user=thief, email=ALIX[2], verified=False)
    enrolled(voucher, people_file(ALIX))
    assert Enrolment.objects.get().learner.user.email == ALIX[2]
    assert Enrolment.objects.get().learner.user != thief


def test_person_says_yes_or_no(voucher, client):
    enrolled(voucher, people_file(ALIX, LOU))
    alix, lou = (User.objects.get(email=person[2]) for person in (ALIX, LOU))
    client.force_login(alix)
    seat = seats_to_answer(alix).get()
    assert "Lycée Modèle vous inscrit" in client.get(reverse("learners:space")).content.decode()
    other = reverse("learners:seat", kwargs={"pk": seats_to_answer(lou).get().pk})
    assert client.get(other).status_code == 404
    client.post(reverse("learners:seat", kwargs={"pk": seat.pk}), {"agree": "1"})
    decline_seat(seats_to_answer(lou).get(), acting_user=lou)

    seat.refresh_from_db()
    voucher.refresh_from_db()
    assert seat.agreed_at
    assert Enrolment.objects.get(learner__user=lou).state == EnrolmentState.CANCELLED
    assert voucher.used == 1  # given back
    assert not seats_to_answer(alix).exists()


def test_space_says_who_is_to_answer_the_organisation(voucher, client):
    young = f"{timezone.localdate().replace(day=1, year=timezone.localdate().year - 12):%d/%m/%Y}"
    enrolled(voucher, people_file((*ALIX, "", ""), (*LOU, young, "élève"), heading=HEADINGS))
    said = {}
    for enrolment in Enrolment.objects.select_related("learner__user", "seat"):
        client.force_login(enrolment.learner.user)
        pages = [client.get(page).content.decode() for page in ("/mon-espace/", enrolment.get_absolute_url())]
        answer = reverse("learners:seat", args=[enrolment.seat.pk])
        said[enrolment.learner.user.email] = [
            (
                answer in page,
                "réponse d’un responsable légal" in page,
                "Nous examinons" in page or "rien à faire" in page,
            )
            for page in pages
        ]
    assert said == {ALIX[2]: [(True, False, False)] * 2, LOU[2]: [(False, True, False)] * 2}


def test_numbers_of_lines_and_of_seats_are_said_in_french(voucher, organisation, contact, client):
    client.force_login(contact)
    for lines, said in (((ALIX,), "la seule bonne ligne"), ((ALIX, LOU), "les 2 bonnes lignes")):
        run = checked(voucher, people_file(*lines, ("", "Sacha", "")))
        assert f"Inscrire {said}<" in client.get(run.get_absolute_url()).content.decode()
    voucher_for(organisation, seats=1)
    page = client.get(reverse("learners:organisation_groups", args=[organisation.pk])).content.decode()
    assert ("1 place libre sur 1<" in page, "5 places libres sur 5<" in page) == (True, True)


def test_guardian_answers_for_a_child_under_fifteen(voucher):
    child = (*ALIX, f"{timezone.localdate().replace(day=1, year=timezone.localdate().year - 12):%d/%m/%Y}", "élève")
    enrolled(voucher, people_file(child, heading=HEADINGS))
    learner = LearnerProfile.objects.get(user__email=ALIX[2])
    aunt = GuardianshipFactory(learner=learner, accepted=True, relationship=Relationship.OTHER).guardian
    parent = GuardianshipFactory(learner=learner, accepted=True, invited_email="p@exemple.example").guardian
    assert not seats_to_answer(learner.user).exists()
    assert not seats_to_answer(aunt).exists()
    agree_to_seat(seats_to_answer(parent).get(), acting_user=parent)
    assert Seat.objects.get().agreed_at


def test_spreadsheet_and_other_headings_are_read(voucher):
    content = xlsx_bytes("Liste", ["NOM de famille", "Prenom", "E-mail", "Service"], [(*ALIX, "Ventes")])
    heading = ["NOM de famille", "Prenom", "E-mail", "Service"]
    run = checked(voucher, content, name="liste.xlsx")
    assert (run.created_count, run.ignored_columns) == (1, heading[3:])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "vide"),
        (b"PK\x03\x04 pas un classeur", "pas lisible"),
        (people_file(ALIX, heading=("nom", "pr\u00e9nom", "t\u00e9l\u00e9phone")), "Il manque une colonne : adresse"),
        (b"Liste de la seconde B\n" + people_file(ALIX), "La première ligne doit nommer les colonnes"),
        (people_file(), "aucune personne"),
    ],
    ids=["empty", "not a workbook", "no address", "title first", "no line"],
)
def test_unreadable_file_says_why(voucher, contact, client, content, said):
    run = checked(voucher, content)
    assert run.state == RunState.FAILED
    assert said in run.error
    assert not run.lines.exists()
    client.force_login(contact)
    assert "Déposer une liste corrigée" in client.get(run.get_absolute_url()).content.decode()


def test_closed_session_takes_no_list(organisation):
    _, session = open_training()
    voucher = voucher_for(organisation, session=session)
    run = checked(voucher, people_file(ALIX))
    session.enrolment_closes_on = timezone.localdate() - timedelta(days=1)
    session.recruitment = RecruitmentState.CLOSED
    session.save()
    accept_group(run, mode=GroupMode.GOOD, acting_user=None)
    process_group(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error) == (RunState.FAILED, "Les inscriptions à cette session sont closes.")
    with pytest.raises(Refusal, match="closes"):
        request_group(voucher, name="x.csv", content=b"x", acting_user=None)


def test_cancelled_enrolments_give_their_seats_back_by_themselves(voucher):
    enrolled(voucher, people_file(ALIX))
    cancel_enrolment(Enrolment.objects.get(), acting_user=None)
    recover_groups()
    voucher.refresh_from_db()
    assert voucher.used == 0
    assert enrolled(voucher, people_file(ALIX)).created_count == 1


def test_old_lists_are_forgotten(voucher):
    run = enrolled(voucher, people_file(ALIX))
    name = run.file.name
    GroupEnrolment.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(days=91))
    recover_groups()
    assert not GroupEnrolment.objects.exists()
    assert not run.file.storage.exists(name)
    assert Seat.objects.exists()


def test_member_deposits_and_accepts_on_the_pages(voucher, organisation, contact, stranger, client):
    address = reverse("learners:organisation_groups", kwargs={"organisation": organisation.pk})
    file = SimpleUploadedFile("liste.csv", people_file(ALIX))
    client.force_login(stranger)
    assert client.post(address, {"voucher": voucher.pk, "file": file}).status_code == 404
    client.force_login(contact)
    foreign = voucher_for(OrganisationFactory())
    file.seek(0)
    refused = client.post(address, {"voucher": foreign.pk, "file": file})
    assert "ne sont plus ouvertes" in refused.content.decode()
    file.seek(0)
    client.post(address, {"voucher": voucher.pk, "file": file})
    run = GroupEnrolment.objects.get()
    process_group(run.pk)
    keys = {"organisation": organisation.pk, "pk": run.pk}
    accept = reverse("learners:organisation_group_accept", kwargs=keys)
    assert client.post(accept, {"mode": "tout"}).status_code == 404
    client.post(accept, {"mode": "all"})
    assert "déjà accepté" in client.post(accept, {"mode": "all"}, follow=True).content.decode()
    process_group(run.pk)
    assert "1 personne inscrite" in client.get(run.get_absolute_url()).content.decode()
    client.force_login(member_of(OrganisationFactory()))
    for name in ("organisation_group", "organisation_group_refusals"):
        assert client.get(reverse(f"learners:{name}", kwargs=keys)).status_code == 404


def test_number_that_somebody_has_is_drawn_again(voucher, monkeypatch):
    taken = LearnerProfileFactory().number
    drawn = iter([taken, "1000000009", "1000000009", "1000000017"])  # somebody else’s, then twice the same
    monkeypatch.setattr("learners.domain.people.new_learner_number", lambda: next(drawn))
    run = enrolled(voucher, people_file(ALIX, LOU))
    assert run.created_count == 2
    assert set(LearnerProfile.objects.values_list("number", flat=True)) == {taken, "1000000009", "1000000017"}


def test_writing_costs_the_same_queries_for_one_and_for_many(organisation, django_assert_max_num_queries):
    voucher = voucher_for(organisation, seats=100)
    counts = []
    for number in (1, 30):
        people = [("Exemple", f"Prénom {rank}", f"p{number}-{rank}@exemple.example") for rank in range(number)]
        run = checked(voucher, people_file(*people))
        accept_group(run, mode=GroupMode.ALL, acting_user=None)
        with django_assert_max_num_queries(60) as queries:
            process_group(run.pk)
        counts.append(len(queries))
    assert counts[0] == counts[1]

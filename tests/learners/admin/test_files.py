from decimal import Decimal

import pytest
from django.urls import reverse

from catalogue.enums import Perimeter
from cned_portal.users.enums import Role
from learners.domain import enrolments, files
from learners.models import EnrolmentFile
from tests.html_checks import html_problems
from tests.learners.factories import AdmissionFactory, OrganisationFactory, open_training
from tests.users.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("roles")]
QUEUE = "admin:learners_files"


def ask(**kwargs):
    training, session = open_training(perimeter=Perimeter.COMPETITIVE)
    session.action.price = Decimal(990)
    session.action.save()
    AdmissionFactory(training=training, whole=True)
    user = UserFactory()
    enrolment = enrolments.enrol(
        user=user,
        training=training,
        session=session,
        declared="Un bac.",
        ratings={question.pk: 2 for question in training.admission.questions.all()},
        acting_user=user,
        **kwargs,
    )
    file = EnrolmentFile.objects.with_parts().get(enrolment=enrolment)
    files.provide_piece(file.pieces.get(), name="piece.pdf", content=b"%PDF-1.7", acting_user=user)
    return file


@pytest.fixture
def supervisor(client):
    user = UserFactory(role=Role.CRC_SUPERVISOR)
    client.force_login(user)
    return user


def test_file_is_treated_from_the_queue_to_the_confirmation(client, supervisor):
    file = ask()
    queue = client.get(reverse(QUEUE)).content.decode()
    url = reverse("admin:learners_file", args=[file.pk])
    assert url in queue
    assert "Dossiers d’inscription à traiter" in client.get(reverse("admin:index")).content.decode()
    page = client.get(url).content.decode()
    assert not html_problems(page)
    assert 'value="confirmer"' not in page

    piece = file.pieces.get()
    name = f"piece-{piece.pk}"
    opened = client.get(reverse("admin:learners_piece", args=[piece.pk]))
    assert b"".join(opened.streaming_content) == b"%PDF-1.7"
    wrong = client.post(url, {"acte": name, f"{name}-sha256": piece.sha256, f"{name}-accepted": "non"})
    assert "Dites pourquoi la pièce" in wrong.content.decode()
    assert not html_problems(wrong.content.decode())
    client.post(url, {"acte": name, f"{name}-sha256": piece.sha256, f"{name}-accepted": "oui"})
    for part in ("acquis", "positionnement"):
        data = {f"{part}-seen": "pending", f"{part}-decision": "favourable", f"{part}-reason": "Vu."}
        assert client.post(url, {"acte": part, **data}).status_code == 302
        twice = client.post(url, {"acte": part, **data})
        assert twice.status_code == 409
        assert "vient d’être prise" in twice.content.decode()
    assert client.post(url, {"acte": "confirmer"}).status_code == 302
    file.enrolment.refresh_from_db()
    assert file.enrolment.state == "confirmed"
    assert file.positioning.decided_by_id is None  # read before
    assert EnrolmentFile.objects.get().positioning.decided_by == supervisor


def test_act_that_is_not_possible_any_more_is_said(client, supervisor):
    file = ask()
    url = reverse("admin:learners_file", args=[file.pk])
    answer = client.post(url, {"acte": "confirmer"})
    assert answer.status_code == 409
    assert "n’est plus possible" in answer.content.decode()
    assert client.post(url, {}).status_code == 409


def test_desk_sees_the_files_of_organisations_alone(client):
    own, other = ask(organisation=OrganisationFactory()), ask()
    client.force_login(UserFactory(role=Role.ESTABLISHMENT_DESK))
    queue = client.get(reverse(QUEUE)).content.decode()
    assert reverse("admin:learners_file", args=[own.pk]) in queue
    assert reverse("admin:learners_file", args=[other.pk]) not in queue
    assert client.get(reverse("admin:learners_file", args=[other.pk])).status_code == 404
    assert client.get(reverse("admin:learners_piece", args=[other.pieces.get().pk])).status_code == 404


def test_agent_without_the_permission_is_refused(client):
    file = ask()
    client.force_login(UserFactory(role=Role.CRC_AGENT))
    assert client.get(reverse(QUEUE)).status_code == 403
    assert client.post(reverse("admin:learners_file", args=[file.pk]), {"acte": "annuler"}).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_queue_reads_a_fixed_number_of_rows(client, supervisor, count, django_assert_num_queries):
    for _ in range(count):
        ask()
    client.get(reverse(QUEUE))
    with django_assert_num_queries(7):
        client.get(reverse(QUEUE))


def test_queue_refuses_a_cursor_that_is_not_its_own(client, supervisor):
    assert client.get(reverse(QUEUE), {"apres": "abc"}).status_code == 404
    assert client.get(reverse(QUEUE), {"attend": "rien"}).status_code == 200

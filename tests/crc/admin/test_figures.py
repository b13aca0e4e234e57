"""The supervisors' pages: who opens them, what they show, what they refuse."""

import html
import io
from datetime import date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from cned_portal.users.enums import Role
from crc.domain.queries import indicators
from crc.domain.queries.indicators import all_definitions
from crc.enums import EscalationStep, Public
from crc.models import CallCount, Escalation, Ticket
from tests.crc.domain.test_calls import file_of
from tests.crc.factories import ServiceFactory, TopicFactory, make_ticket

pytestmark = pytest.mark.django_db
BOARD, INDICATORS, CALLS = "/gestion/demandes-tableau/", "/gestion/demandes-indicateurs/", "/gestion/demandes-appels/"
READERS = [Role.CRC_SUPERVISOR, Role.QUALITY_MANAGER, Role.AUDITOR]
OTHERS = [Role.ESTABLISHMENT_DESK, Role.UNIT_LEAD, Role.CATALOGUE_MANAGER, Role.EXAM_ANALYST, Role.ADMINISTRATOR]


@pytest.fixture(autouse=True)
def _second_factor_aside(settings):
    settings.STAFF_MFA_REQUIRED = False


@pytest.fixture
def supervisor(client, staff):
    client.force_login(staff(Role.CRC_SUPERVISOR))
    return client


def page(response):
    return html.unescape(response.getvalue().decode())


def sent(content, name="appels.csv"):
    return {"file": SimpleUploadedFile(name, content)}


# Access -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", READERS)
def test_supervisor_and_quality_open_every_page(client, staff, role):
    client.force_login(staff(role))
    for url in (BOARD, INDICATORS, CALLS, f"{INDICATORS}tableau.csv"):
        assert client.get(url).status_code == 200


@pytest.mark.parametrize("role", OTHERS)
def test_other_roles_open_none(client, staff, role):
    client.force_login(staff(role))
    for url in (BOARD, INDICATORS, CALLS, f"{INDICATORS}tableau.csv"):
        assert client.get(url).status_code == 403


def test_agent_sees_the_board_of_own_services_only(client, agent):
    mine, other = ServiceFactory(members=[agent]), ServiceFactory()
    make_ticket(service=mine)
    make_ticket(service=other)
    client.force_login(agent)
    content = page(client.get(BOARD))
    assert mine.name in content
    assert other.name not in content
    assert client.get(INDICATORS).status_code == client.get(CALLS).status_code == 403


@pytest.mark.parametrize("role", [Role.QUALITY_MANAGER, Role.AUDITOR])
def test_who_only_reads_imports_no_call(client, staff, role):
    client.force_login(staff(role))
    assert '<form method="post" enctype' not in page(client.get(CALLS))
    assert client.post(CALLS, sent(file_of({}))).status_code == 403
    assert not CallCount.objects.exists()


# Board --------------------------------------------------------------------------------------------------------------
def test_board_refreshes_itself_and_can_be_frozen(supervisor):
    make_ticket(service=ServiceFactory(name="Inscriptions"))
    whole = page(supervisor.get(BOARD))
    assert 'hx-trigger="every 30s"' in whole
    assert "Actualiser" in whole
    part = page(supervisor.get(BOARD, headers={"HX-Request": "true"}))
    assert part.lstrip().startswith('<div id="tableau"')
    assert "Inscriptions" in part
    assert "hx-trigger" not in page(supervisor.get(BOARD, {"pause": ""}))


def test_board_says_that_the_default_service_forgets(supervisor):
    make_ticket(at=timezone.now() - timedelta(hours=2))
    content = page(supervisor.get(BOARD))
    assert "Une demande attend dans le service par défaut" in content
    assert "1 demande sans réponse depuis plus d’une heure" in content


def test_board_shows_hostile_names_as_text(supervisor):
    make_ticket(service=ServiceFactory(name="<script>x</script>"), topic=TopicFactory(label="<b>y</b>"))
    content = supervisor.get(BOARD).getvalue().decode()
    assert "<script>x" not in content
    assert "<b>y" not in content


@pytest.mark.parametrize("rows", [1, 3])
def test_board_costs_the_same_with_more_rows(supervisor, agent, rows, django_assert_num_queries):
    for _ in range(rows):
        Ticket.objects.filter(pk=make_ticket(service=ServiceFactory(members=[agent])).pk).update(assignee=agent)
    supervisor.get(BOARD)
    with django_assert_num_queries(4):  # the board is kept
        supervisor.get(BOARD)
    with django_assert_num_queries(4):
        supervisor.get(BOARD, headers={"HX-Request": "true"})


def test_signalled_tickets_have_their_view_of_the_queue(supervisor):
    signalled, _ = make_ticket(subject="Signalée"), make_ticket(subject="Calme")
    Escalation.objects.create(ticket=signalled, step=EscalationStep.LATE)
    rows = supervisor.get("/gestion/demandes/", {"etat": "signalees"}).context["page"].rows
    assert rows == [signalled]


# Indicators ---------------------------------------------------------------------------------------------------------
def test_indicators_show_figures_definitions_and_the_period_before(supervisor):
    for month in (9, 10, 10):
        make_ticket(at=timezone.make_aware(datetime(2026, month, 12, 9)))
    response = supervisor.get(INDICATORS, {"mois": "2026-10"})
    content = page(response)
    assert "Octobre 2026" in content
    assert "Septembre 2026" in content
    assert "vont encore changer" not in content
    assert "vont encore changer" in page(supervisor.get(INDICATORS))
    received = response.context["lines"][0]
    assert (received.shown, received.shown_before) == ("2", "1")
    for definition in all_definitions():
        assert definition.label in content
        assert definition.text in content
        assert definition.source in content


def test_indicators_of_two_dates_a_service_and_a_public(supervisor):
    service = ServiceFactory()
    for day, public in ((5, Public.COMPANY), (6, Public.COMPANY), (6, Public.ADULT)):
        make_ticket(at=timezone.make_aware(datetime(2026, 10, day, 9)), service=service, public=public)
    asked = {"du": "2026-10-06", "au": "2026-10-07", "service": service.code, "public": "entreprise"}
    response = supervisor.get(INDICATORS, asked)
    assert response.context["lines"][0].shown == "1"
    assert "06/10/2026 au 07/10/2026" in page(response)
    assert "ne dépendent d’aucun service" in page(response)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"du": "2026-10-07", "au": "2026-10-06"}, "La fin précède le début."),
        ({"du": "2026-10-07"}, "Donnez les deux dates, ou aucune."),
        ({"du": "2024-01-01", "au": "2025-12-31"}, "La période dépasse 366 jours."),
        ({"du": "0001-01-01", "au": "0001-01-02"}, "Choisissez des dates"),
        ({"du": "9999-12-30", "au": "9999-12-31"}, "Choisissez des dates"),
        ({"du": "2026-02-30", "au": "2026-03-01"}, "Du"),
        ({"mois": "1900-01"}, "Mois"),
        ({"mois": "2026-13"}, "Mois"),
        ({"service": "inconnu"}, "Service"),
        ({"service": "a\0b", "public": "<script>"}, "Public"),
        ({"mois": "x" * 5000}, "Mois"),
    ],
)
def test_indicators_refuse_what_makes_no_sense_and_show_the_current_month(supervisor, asked, said):
    response = supervisor.get(INDICATORS, asked)
    assert response.status_code == 200
    assert said in page(response)
    assert response.context["form"].errors
    assert response.context["period"].first == timezone.localdate().replace(day=1)
    assert supervisor.get(f"{INDICATORS}tableau.csv", asked).status_code == 200


def test_restricted_service_is_not_offered(supervisor):
    hidden = ServiceFactory(is_restricted=True, name="Mission handicap")
    make_ticket(service=hidden)
    response = supervisor.get(INDICATORS, {"service": hidden.code})
    assert response.context["form"].errors
    assert response.context["lines"][0].shown == "0"
    assert "Mission handicap" not in page(response)


def test_tables_hold_figures_and_definitions(supervisor):
    make_ticket(at=timezone.make_aware(datetime(2026, 10, 12, 9)))
    response = supervisor.get(f"{INDICATORS}tableau.csv", {"mois": "2026-10"})
    assert response["Content-Disposition"] == 'attachment; filename="indicateurs-2026-10-01-2026-10-31.csv"'
    header, received, *rest = response.getvalue().decode("utf-8-sig").splitlines()
    assert header.startswith("Indicateur;Unité;Valeur, Octobre 2026;Numérateur, Octobre 2026;")
    assert received.startswith("Demandes reçues;nombre;1;;;0;;;")
    assert len(rest) == len(all_definitions()) - 1
    assert any(line.startswith("Demandes réitérées;%;0,0;0;1;") for line in rest)
    book = load_workbook(io.BytesIO(supervisor.get(f"{INDICATORS}tableau.xlsx", {"mois": "2026-10"}).getvalue()))
    assert [cell.value for cell in book.active[2]][:3] == ["Demandes reçues", "nombre", "1"]
    assert supervisor.get(f"{INDICATORS}tableau.exe").status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_indicators_cost_the_same_with_more_rows(supervisor, agent, rows, django_assert_num_queries, monkeypatch):
    for _ in range(rows):
        make_ticket(service=ServiceFactory(members=[agent]), answered_by=agent, closed_by=agent)
    supervisor.get(INDICATORS)
    with django_assert_num_queries(6):  # the figures are kept, those of the telephone read anew
        supervisor.get(INDICATORS)
    monkeypatch.setattr(indicators, "RUNNING_SECONDS", 0)
    monkeypatch.setattr(indicators, "ENDED_SECONDS", 0)
    with django_assert_num_queries(22):
        supervisor.get(f"{INDICATORS}?mois=2026-01")


# Telephone ----------------------------------------------------------------------------------------------------------
def test_file_is_imported_from_the_screen(supervisor):
    response = supervisor.post(CALLS, sent(file_of({})), follow=True)
    assert "1 ajoutés" in page(response)
    assert CallCount.objects.get().day == date(2026, 10, 5)
    assert "05/10/2026" in page(supervisor.get(CALLS))


def test_refused_lines_are_shown_and_nothing_is_written(supervisor):
    response = supervisor.post(CALLS, sent(file_of({}, {"Appels décrochés": "<b>2</b>"})))
    content = page(response)
    assert "rien n’a été enregistré" in content
    assert "nombre entier attendu" in content
    assert response.context["refused"][0].line == 3
    assert not CallCount.objects.exists()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "Choisissez un fichier."),
        (sent(b"", "vide.csv"), "Ce fichier est vide."),
        (sent(b"x", "photo.png"), "Choisissez un fichier CSV ou XLSX."),
        (sent(b"x" * (2 * 1024 * 1024 + 1), "gros.csv"), "Ce fichier dépasse 2 Mo."),
        (sent(b"a;b\n1;2"), "Colonnes absentes"),
        (sent(b"PK\x03\x04", "faux.xlsx"), "n’est pas lisible"),
    ],
)
def test_what_is_not_a_table_of_calls_is_said_next_to_the_field(supervisor, files, said):
    response = supervisor.post(CALLS, files)
    assert response.status_code == 200
    assert said in page(response)
    assert not CallCount.objects.exists()


def test_addresses_have_names():
    assert reverse("admin:crc_board") == BOARD
    assert reverse("admin:crc_indicators") == INDICATORS
    assert reverse("admin:crc_calls") == CALLS

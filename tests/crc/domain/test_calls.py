"""Telephone counts: a file is written whole or not at all, and twice is once."""

import io
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from cned_portal.common.spreadsheets import UnreadableFile, xlsx_bytes
from crc.domain.calls import COLUMNS, CallsRefused, CallsReport, import_calls
from crc.enums import Public
from crc.models import CallCount

pytestmark = pytest.mark.django_db
LINE = {
    "Jour": "05/10/2026",
    "Ligne": "Élèves",
    "Public": "eleve",
    "Appels présentés": "1 200",
    "Appels décrochés": "1 000",
    "Décrochés dans le délai": "900",
    "Délai (secondes)": "20",
    "Appels abandonnés": "150",
    "Durée moyenne (secondes)": "",
}


def file_of(*lines, columns=tuple(COLUMNS)):
    rows = [columns, *([{**LINE, **line}[name] for name in columns] for line in lines)]
    return "\n".join(";".join(row) for row in rows).encode()


def send(*lines, **kwargs):
    return import_calls(file_of(*lines, **kwargs), acting_user=None)


def refusals(*lines):
    with pytest.raises(CallsRefused) as refusal:
        send(*lines)
    assert not CallCount.objects.exists()
    return [(one.line, one.field, one.reason) for one in refusal.value.lines]


def test_file_is_written_then_run_again_without_effect():
    lines = [{}, {"Jour": "2026-10-06", "Public": "Entreprise", "Durée moyenne (secondes)": "245"}]
    assert send(*lines) == CallsReport(added=2, changed=0, unchanged=0)
    first, second = CallCount.objects.order_by("day")
    assert (first.day, first.offered, first.answered_in_time, first.public) == (
        *(date(2026, 10, 5), 1200, 900, Public.STUDENT),
    )
    assert (second.public, second.mean_talk_seconds, first.mean_talk_seconds) == (Public.COMPANY, 245, None)
    assert send(*lines) == CallsReport(added=0, changed=0, unchanged=2)


def test_day_known_already_is_corrected():
    send({})
    known = CallCount.objects.get()
    assert send({"Appels abandonnés": "160"}, {"Jour": "06/10/2026"}) == CallsReport(1, 1, 0)
    known.refresh_from_db()
    assert known.abandoned == 160


def test_workbook_is_read_as_well():
    content = xlsx_bytes("Appels", tuple(COLUMNS), [[LINE[name] for name in COLUMNS]])
    assert import_calls(content, acting_user=None).added == 1


def test_optional_columns_may_be_missing_and_headings_are_folded():
    columns = [name for name in COLUMNS if name not in {"Public", "Durée moyenne (secondes)"}]
    content = file_of({}, columns=columns).decode().replace("Appels présentés", "APPELS PRESENTES").encode()
    assert import_calls(content, acting_user=None).added == 1


def test_one_bad_line_refuses_the_whole_file():
    assert refusals({}, {"Jour": "hier", "Ligne": ""}) == [
        (3, "Jour", "date attendue, comme 31/12/2026"),
        (3, "Ligne", "obligatoire"),
    ]


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"Appels décrochés": "1300"}, "Appels décrochés", "plus d’appels décrochés que d’appels présentés"),
        ({"Décrochés dans le délai": "1001"}, "Décrochés dans le délai", "dans le délai que d’appels décrochés"),
        ({"Appels abandonnés": "201"}, "Appels abandonnés", "dépassent ensemble"),
        ({"Délai (secondes)": "0"}, "Délai (secondes)", "supérieure ou égale à 1"),
        ({"Jour": "31/12/2999"}, "Jour", "pas encore passé"),
        ({"Jour": "30/02/2026"}, "Jour", "date attendue"),
        ({"Appels présentés": "-1"}, "Appels présentés", "nombre entier attendu"),
        ({"Appels présentés": "12,5"}, "Appels présentés", "nombre entier attendu"),
        ({"Appels présentés": "²"}, "Appels présentés", "nombre entier attendu"),
        ({"Appels présentés": "99999999999999"}, "Appels présentés", "nombre entier attendu"),
        ({"Appels présentés": ""}, "Appels présentés", "obligatoire"),
        ({"Public": "martien"}, "Public", "public inconnu"),
        ({"Ligne": "x" * 61}, "Ligne", "60"),
    ],
)
def test_each_mistake_is_said_with_its_column(change, field, reason):
    ((line, said, why),) = refusals(change)
    assert (line, said) == (2, field)
    assert reason in why


def test_same_day_and_line_twice_in_a_file():
    ((line, field, reason),) = refusals({}, {"Appels abandonnés": "1"})
    assert (line, field) == (3, "Ligne")
    assert "déjà à la ligne 2" in reason


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04nothing", b"a;b\n1;2", b"\0\0", file_of()])
def test_what_is_not_the_table_is_refused(content):
    with pytest.raises(UnreadableFile):
        import_calls(content, acting_user=None)


@pytest.mark.parametrize(
    "change", [{"answered": 11}, {"answered_in_time": 9}, {"abandoned": 3}, {"threshold_seconds": 0}, {"line": ""}]
)
def test_database_refuses_counts_that_cannot_be(change):
    values = {"offered": 10, "answered": 8, "answered_in_time": 7, "threshold_seconds": 20, "abandoned": 2}
    wrong = {"day": date(2026, 10, 5), "line": "Élèves", **values, **change}
    with pytest.raises(IntegrityError), transaction.atomic():
        CallCount.objects.create(**wrong)
    CallCount.objects.create(day=date(2026, 10, 5), line="Élèves", **values)


def test_command_imports_or_says_each_line(tmp_path):
    good, bad = tmp_path / "bon.csv", tmp_path / "mauvais.csv"
    good.write_bytes(file_of({}))
    bad.write_bytes(file_of({"Jour": "hier"}))
    out, err = io.StringIO(), io.StringIO()
    call_command("import_calls", good, stdout=out)
    assert "1 ajoutés" in out.getvalue()
    with pytest.raises(CommandError, match="rien n’a été enregistré"):
        call_command("import_calls", bad, stderr=err)
    assert "Ligne 2, Jour : date attendue" in err.getvalue()
    with pytest.raises(CommandError, match="illisible"):
        call_command("import_calls", tmp_path / "absent.csv")

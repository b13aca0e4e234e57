"""Trainings from a file: read, checked, accepted, written once however often it is sent."""

import io
import os
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook

from catalogue.domain import drafts
from catalogue.domain.imports.runs import (
    Refusal,
    accept_import,
    process_import,
    recover_imports,
    request_import,
    retry_import,
)
from catalogue.exports.lheo import lheo_document
from catalogue.exports.table import HEADER, table_rows
from catalogue.models import CatalogueImport, Domain, Occupation, Training, TrainingDraft
from cned_portal.common.spreadsheets import csv_text, xlsx_bytes
from cned_portal.demo.catalogue import load
from cned_portal.users.enums import Role
from tests.catalogue.factories import (
    CertificationFactory,
    OperatingUnitFactory,
    TrainingActionFactory,
    TrainingFactory,
    TrainingSessionFactory,
)

pytestmark = pytest.mark.django_db
DATA = os.environ.get("CNED_SHARED_DATA")


@pytest.fixture
def unit():
    return OperatingUnitFactory(code="PRO", name="Cned Pro", slug="cned-pro")


@pytest.fixture
def manager(staff):
    return staff(Role.CATALOGUE_MANAGER)


def table(*lines):
    """A CSV file from dictionaries of cells."""
    header = list(dict.fromkeys(name for line in lines for name in line))
    return csv_text(header, [[line.get(name, "") for name in header] for line in lines]).encode()


def checked(content, *, unit=None, user=None, name="formations.csv"):
    run = request_import(name=name, content=content, unit=unit, acting_user=user)
    process_import(run.pk)
    run.refresh_from_db()
    return run


def written(run, mode="all", user=None):
    accept_import(run, mode=mode, acting_user=user)
    process_import(run.pk)
    run.refresh_from_db()
    return run


def counts(run):
    return run.created_count, run.changed_count, run.unchanged_count, run.refused_count


def reasons(run):
    return [tuple(problem) for line in run.lines.order_by("pk") for problem in line.problems]


BINDING = {
    "référence": "REL-1",
    "Intitulé": "Reliure d’art",
    "UNITE": "pro",
    "public visé": "Toute personne curieuse",
    "publics": "Adulte, Entreprise",
    "niveau à l’issue": "Niveau 4 (bac)",
    "formule": "Formule en 1 an",
    "tarif (€ TTC)": "1 234,50 €",
    "éligible au CPF": "oui",
    "financements possibles": "Région",
    "début de la session": "01/09/2027",
}


def test_new_training_is_a_draft_with_its_action_and_its_sessions(unit):
    second = {"référence": "REL-1", "formule": "Formule en 1 an", "début de la session": "2028-01-10"}
    run = checked(table(BINDING, second))
    assert counts(run) == (1, 0, 0, 0)
    assert not Training.objects.exists(), "the check writes nothing"
    assert counts(written(run)) == (1, 0, 0, 0)
    training = Training.objects.get()
    assert (training.state, training.slug, training.unit, training.level_after) == ("draft", "reliure-d-art", unit, 4)
    assert training.audiences == ["adulte", "entreprise"]
    assert training.sort_key, "found in the lists of the back-office"
    action = training.actions.get()
    assert (float(action.price), action.is_cpf_eligible, action.fundings) == (1234.5, True, ["region"])
    assert [session.starts_on for session in action.sessions.order_by("pk")] == [date(2027, 9, 1), date(2028, 1, 10)]
    assert run.lines.get().training == training


def test_same_file_again_makes_no_double(unit):
    content = table(BINDING, {**BINDING, "formule": "Formule en 2 ans"})
    written(checked(content))
    again = checked(content)
    assert counts(again) == (0, 0, 1, 0)
    assert counts(written(again)) == (0, 0, 1, 0)
    assert Training.objects.count() == 1
    assert Training.objects.get().actions.count() == 2


def test_published_page_gets_a_draft_and_does_not_move(unit):
    training = TrainingFactory(published=True, title="Reliure d’art", unit=unit)
    run = written(checked(table({"référence": training.slug, "programme": "Couture et dorure."})))
    assert counts(run) == (0, 1, 0, 0)
    assert run.lines.get().changes == ["programme"]
    training.refresh_from_db()
    assert training.programme == "Un module d’exemple."
    assert drafts.draft_content(training)["programme"] == "Couture et dorure."
    assert counts(checked(table({"référence": training.slug, "programme": "Couture et dorure."}))) == (0, 0, 1, 0)


def test_what_the_file_does_not_say_stays_and_a_word_clears(unit):
    training = TrainingFactory(complete=True, unit=unit)
    kept = TrainingActionFactory(training=training)
    line = {"référence": training.slug, "résumé": "", "objectifs": "(vide)", "publics": "(vide)"}
    written(checked(table(line)))
    training.refresh_from_db()
    assert (training.summary, training.objectives, training.audiences) == ("Une formation fictive.", "", [])
    assert training.actions.get() == kept


@pytest.mark.parametrize(
    ("cells", "field", "reason"),
    [
        ({"référence": ""}, "référence", "obligatoire"),
        ({"Intitulé": ""}, "intitulé", "obligatoire pour une nouvelle formation"),
        ({"UNITE": ""}, "unité", "obligatoire pour une nouvelle formation"),
        ({"UNITE": "Lune"}, "unité", "« Lune » n’est pas de la liste."),
        ({"niveau à l’issue": "12"}, "niveau à l’issue", "« 12 » n’est pas de la liste."),
        ({"publics": "Adulte, Martien"}, "publics", "« Martien » n’est pas de la liste."),
        ({"tarif (€ TTC)": "-3"}, "tarif (€ TTC)", "supérieure ou égale à 0"),
        ({"tarif (€ TTC)": "cher"}, "tarif (€ TTC)", "Saisissez un nombre"),
        ({"éligible au CPF": "peut-être"}, "éligible au CPF", "Écrivez « oui » ou « non »."),
        ({"début de la session": "31/02/2027"}, "début de la session", "Saisissez une date valide"),
        ({"fin de la session": "01/01/2020"}, "session de formation", "La fin ne vient pas avant le début."),
        ({"certifications": "RNCP1"}, "certifications", "codes inconnus du référentiel : RNCP1"),
        ({"nature": "Projet central", "niveau à l’issue": ""}, "nature", "un projet central n’a ni tarif"),
        ({"résumé": "x" * 301}, "résumé", "300 caractères"),
        ({"adresse du contact": "chez moi"}, "adresse du contact", "adresse"),
        ({"référence": "x" * 201}, "référence", "200 caractères"),
    ],
)
def test_refused_line_says_its_field_and_its_reason(unit, cells, field, reason):
    run = checked(table({**BINDING, **cells}))
    assert counts(run) == (0, 0, 0, 1)
    [(line, name, why)] = reasons(run)
    assert (line, name) == (2, field)
    assert reason in why


def test_every_wrong_field_of_a_line_is_told(unit):
    run = checked(table({**BINDING, "niveau à l’issue": "?", "publics": "?", "début de la session": "demain"}))
    assert {name for _, name, _ in reasons(run)} == {"niveau à l’issue", "publics", "début de la session"}


def test_lines_that_contradict_each_other_are_refused(unit):
    run = checked(table(BINDING, {**BINDING, "Intitulé": "Autre chose"}))
    assert reasons(run) == [(3, "intitulé", "dit autre chose qu’à la ligne 2")]


def test_good_lines_are_written_without_the_others(unit):
    run = checked(table({**BINDING, "référence": "A", "UNITE": "Lune"}, {**BINDING, "référence": "B"}))
    assert counts(run) == (1, 0, 0, 1)
    written(run, "good")
    assert [training.external_reference for training in Training.objects.all()] == ["B"]


def test_all_or_nothing_writes_nothing_when_a_line_has_become_wrong(unit):
    domain = Domain.objects.create(slug="arts", name="Arts")
    run = checked(table({**BINDING, "référence": "A"}, {**BINDING, "référence": "B", "domaine": "Arts"}))
    domain.delete()
    written(run, "all")
    assert not Training.objects.exists()
    assert (run.step, run.state, counts(run)) == ("check", "done", (1, 0, 0, 1))
    assert not run.lines.exclude(training=None).exists()


def test_closed_training_is_left_alone(unit):
    training = TrainingFactory(unit=unit, state="closed", closed_at=datetime.now().astimezone())
    assert reasons(checked(table({"référence": training.slug, "résumé": "Si."}))) == [
        (2, "référence", "cette formation est fermée")
    ]


def test_two_new_trainings_of_one_title_have_two_addresses(unit):
    written(checked(table({**BINDING, "référence": "A"}, {**BINDING, "référence": "B"})))
    assert set(Training.objects.values_list("slug", flat=True)) == {"reliure-d-art", "reliure-d-art-2"}


def test_unknown_columns_are_named(unit):
    assert checked(table({**BINDING, "couleur": "bleu"})).ignored_columns == ["couleur"]


def test_workbook_says_the_same_as_the_text_file(unit):
    book = Workbook()
    book.active.append(["référence", "intitulé", "unité", "formule", "nombre d’heures", "début de la session"])
    book.active.append([12.0, "Reliure", "PRO", "Un an", 450.0, datetime(2027, 9, 1)])
    content = io.BytesIO()
    book.save(content)
    written(checked(content.getvalue(), name="formations.xlsx"))
    training = Training.objects.get()
    assert (training.external_reference, training.actions.get().hours) == ("12", 450)
    assert training.actions.get().sessions.get().starts_on == date(2027, 9, 1)


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_whole_catalogue_comes_back_unchanged(extension):
    load()
    rows = list(table_rows())
    content = csv_text(HEADER, rows).encode() if extension == "csv" else xlsx_bytes("Formations", HEADER, rows)
    run = checked(content)
    assert reasons(run) == []
    assert counts(run) == (0, 0, Training.objects.exclude(state="closed").count(), 0)


def test_our_own_lheo_comes_back_unchanged():
    load()
    run = checked(b"".join(lheo_document()), name="catalogue.xml")
    changed = [(line.reference, line.changes) for line in run.lines.filter(outcome="changed")]
    assert (reasons(run), changed) == ([], [])
    assert run.unchanged_count > 150


LHEO = """<?xml version="1.0" encoding="utf-8"?>
<lheo xmlns="http://www.lheo.org/2.2"><offres><formation numero="F-1">
<domaine-formation><code-ROME>B1801</code-ROME></domaine-formation>
<intitule-formation>Reliure</intitule-formation>
<objectif-formation>&lt;p&gt;Coudre&lt;/p&gt;&lt;p&gt;Dorer&lt;/p&gt;</objectif-formation>
<certification><code-RNCP>99001</code-RNCP></certification>
<code-niveau-sortie>5</code-niveau-sortie>
<action numero="A-1"><rythme-formation>Temps plein</rythme-formation>
<conditions-specifiques>-</conditions-specifiques><prix-total-TTC>990</prix-total-TTC>
<session numero="S-1"><periode><debut>20270901</debut><fin>99999999</fin></periode>
<etat-recrutement>1</etat-recrutement></session></action>
<action numero="A-2"><rythme-formation>Temps plein</rythme-formation></action>
</formation></offres></lheo>"""


def test_lheo_of_another_tool_is_read(unit):
    CertificationFactory(code="RNCP99001")
    Occupation.objects.create(code="B1801", label="Reliure")
    run = written(checked(LHEO.encode(), unit=unit, name="offre.xml"))
    assert counts(run) == (1, 0, 0, 0)
    training = Training.objects.get()
    assert (training.external_reference, training.level_after) == ("F-1", 4)
    assert training.objectives == "Coudre\nDorer"
    assert training.prerequisites == ""
    assert training.certification_links.get().certification.code == "RNCP99001"
    assert [action.name for action in training.actions.order_by("rank")] == ["Temps plein", "Temps plein (A-2)"]
    session = training.actions.get(external_reference="A-1").sessions.get()
    assert (session.starts_on, session.ends_on) == (date(2027, 9, 1), None)
    assert counts(checked(LHEO.encode(), unit=unit)) == (0, 0, 1, 0)


@pytest.mark.skipif(not DATA, reason="public files are not in this environment")
@pytest.mark.parametrize("name", ["exemple-bts-onisep-lheo2.2.xml", "exemple-cned-lheo-2.3-valide.xml"])
def test_public_examples_of_lheo(unit, name):
    content = (Path(DATA) / "lheo" / name).read_bytes()
    run = checked(content, unit=unit, name=name)
    assert run.state == "done"
    assert all("codes inconnus" in why for _, _, why in reasons(run)), "only what the nomenclatures lack"


BILLION = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><lheo><offres>&b;</offres></lheo>'


def workbook_with(name, content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "vide"),
        (b"\n\n", "vide"),
        (b"a;b\n1;2\n", "« référence » manque"),
        ("référence;référence\nA;B\n".encode(), "Colonnes en double : référence"),
        (b"\x00\x01\x02", "ni un CSV"),
        (("référence\n" + "x" * 200_000).encode(), "20000 caractères"),
        (("référence\n" + "x" * 30_000).encode(), "20000 caractères"),
        (("référence;" + ";".join(map(str, range(400)))).encode(), "300 colonnes"),
        ("référence\n".encode(), "aucune formation"),
        (b"PK\x03\x04 not a workbook", "pas lisible"),
        (workbook_with("xl/workbook.xml", b"<!DOCTYPE a><a/>"), "éléments interdits"),
        (workbook_with("xl/workbook.xml", b"<a/>"), "pas lisible"),
        (workbook_with("big.bin", b"0" * (201 * 1024 * 1024)), "trop volumineux"),
        (BILLION.encode(), "refusé"),
        (b"<html><body/></html>", "pas au format LHEO"),
        (b"<lheo><offres>", "mal form"),
        (b"<lheo>" + b"<a>" * 60 + b"</a>" * 60 + b"</lheo>", "trop profond"),
        (b"<lheo><offres/></lheo>", "aucune formation"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_file_that_cannot_be_read_says_why(unit, content, said):
    run = checked(content)
    assert run.state == "failed"
    assert said in run.error
    assert not run.lines.exists()


def test_import_is_accepted_once_and_read_once(unit):
    run = checked(table(BINDING))
    accept_import(run, mode="all", acting_user=None)
    with pytest.raises(Refusal):
        accept_import(run, mode="good", acting_user=None)
    assert process_import(run.pk)
    assert not process_import(run.pk)
    with pytest.raises(Refusal):
        retry_import(run, acting_user=None)


def test_import_that_kills_its_workers_is_left_to_the_person(unit):
    run = checked(table(BINDING))
    accept_import(run, mode="all", acting_user=None)
    CatalogueImport.objects.claim(run.pk)
    long_ago = "2026-01-01T00:00:00Z"
    CatalogueImport.objects.filter(pk=run.pk).update(started_at=long_ago, heartbeat_at=long_ago)
    recover_imports()
    run.refresh_from_db()
    assert (run.state, run.step) == ("failed", "write")
    retry_import(run, acting_user=None)
    assert process_import(run.pk)
    assert Training.objects.count() == 1


def test_old_import_is_forgotten_with_its_file(unit):
    run = checked(table(BINDING))
    CatalogueImport.objects.filter(pk=run.pk).update(finished_at="2020-01-01T00:00:00Z")
    recover_imports()
    assert not CatalogueImport.objects.exists()
    assert not run.file.storage.exists(run.file.name)


def test_one_after_another_trainings_cost_the_same(unit, django_assert_max_num_queries):
    run = request_import(
        name="f.csv",
        content=table(*({**BINDING, "référence": f"R{n}"} for n in range(10))),
        unit=None,
        acting_user=None,
    )
    with django_assert_max_num_queries(10 * 65 + 30):
        process_import(run.pk)


def test_manager_deposits_reads_and_accepts(client, manager, unit):
    client.force_login(manager)
    file = SimpleUploadedFile("formations.csv", table(BINDING, {**BINDING, "référence": "B", "UNITE": "Lune"}))
    answer = client.post(reverse("admin:catalogue_imports"), {"file": file, "unit": ""})
    run = CatalogueImport.objects.get()
    assert answer.url == run.get_absolute_url()
    process_import(run.pk)
    page = client.get(run.get_absolute_url())
    assert "Rien n’est encore écrit" in page.text
    assert "Ligne 3, unité : « Lune » n’est pas de la liste." in page.text
    assert page.text.index("<td>Refusée") < page.text.index("<td>Créée"), "what asks for a correction comes first"
    refusals = client.get(reverse("admin:catalogue_import_refusals", args=[run.pk])).getvalue().decode()
    assert "3;B;unité;« Lune » n’est pas de la liste." in refusals
    client.post(reverse("admin:catalogue_import_accept", args=[run.pk]), {"mode": "good"})
    process_import(run.pk)
    assert "L’import est écrit : 1 créée, 0 modifiée." in client.get(run.get_absolute_url()).text
    assert Training.objects.get().external_reference == "REL-1"
    assert "Reliure" in client.get(reverse("admin:catalogue_import", args=[run.pk]), {"effet": "created"}).text


def test_draft_of_an_import_names_the_person(unit, manager):
    training = TrainingFactory(published=True, unit=unit)
    TrainingSessionFactory(action__training=training)
    written(checked(table({"référence": training.slug, "programme": "Neuf."}), user=manager), user=manager)
    assert TrainingDraft.objects.get().edited_by == manager


@pytest.mark.parametrize("name", ["formations.exe", "formations"])
def test_file_of_another_kind_is_refused_next_to_its_field(client, manager, name):
    client.force_login(manager)
    file = SimpleUploadedFile(name, b"MZ")
    answer = client.post(reverse("admin:catalogue_imports"), {"file": file})
    assert "Choisissez un fichier CSV, XLSX ou XML." in answer.text
    assert not CatalogueImport.objects.exists()


def test_template_has_the_columns_that_are_read(client, manager):
    client.force_login(manager)
    answer = client.get(reverse("admin:catalogue_table", args=["csv"]), {"vide": ""})
    assert b"".join(answer.streaming_content).decode("utf-8-sig").strip() == ";".join(HEADER)
    assert client.get(reverse("admin:catalogue_table", args=["pdf"])).status_code == 404

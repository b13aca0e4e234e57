import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from exams.domain.queries.results import bac_results
from exams.models import ExamSession, ReferenceLoad, ReferenceResult

pytestmark = pytest.mark.django_db

HEADER = (
    "session,voie,sexe,statut_du_candidat,academie,serie,inscrits,presents,admis_au_1er_groupe,refuses_au_1er_groupe,"
    "ajournes_passant_les_epreuves_du_rattrapage,admis_au_rattrapage,refuses_au_rattrapage,admis_totaux,"
    "mention_tb_avec_les_felicitations,mention_tb_sans_les_felicitations,mention_b,mention_ab,sans_mention,"
    "refuses_totaux"
)
RENNES = "2025,bac_general,F,enseignement_a_distance,rennes,general,110,100,70,10,20,10,10,80,1,9,20,20,30,20"
NANTES = "2025,bac_general,M,enseignement_a_distance,nantes,generale,60,50,40,5,5,2,3,42,0,2,10,10,20,8"
CORRECTED = "2025,bac_general,M,enseignement_a_distance,nantes,generale,60,50,40,5,5,3,2,43,0,3,10,10,20,7"


@pytest.fixture
def write(tmp_path):
    def write(*lines, header=HEADER, encoding="utf-8", name="bac.csv"):
        path = tmp_path / name
        path.write_bytes("\r\n".join([header, *lines, ""]).encode(encoding))
        return path

    return write


@pytest.fixture
def load(capsys):
    def load(path, *options):
        call_command("load_bac_results", str(path), *options)
        return capsys.readouterr().out

    return load


def test_load_keeps_every_line_and_its_provenance(write, load):
    said = load(write(RENNES, NANTES))

    kept = ReferenceLoad.objects.get()
    row = ReferenceResult.objects.get(academy="rennes")
    assert "2 lignes lues ; résultats ajoutés : 2" in said
    assert (kept.file_name, kept.lines, kept.created, kept.refused) == ("bac.csv", 2, 2, 0)
    assert (row.session.year, row.status, row.registered, row.present, row.admitted, row.good, row.load) == (
        *(2025, "enseignement-a-distance", 110, 100, 80, 20),
        kept,
    )


def test_load_run_again_adds_nothing(write, load):
    path = write(RENNES, NANTES)
    load(path)
    before = list(ReferenceResult.objects.order_by("pk").values())

    said = load(path)

    assert "ajoutés : 0, corrigés : 0, inchangés : 2" in said
    assert list(ReferenceResult.objects.order_by("pk").values()) == before
    assert ReferenceLoad.objects.count() == 1


def test_load_corrects_changed_figures(write, load):
    load(write(RENNES, NANTES))

    said = load(write(RENNES, CORRECTED, name="bac-corrige.csv"))

    assert "ajoutés : 0, corrigés : 1, inchangés : 1" in said
    row = ReferenceResult.objects.get(academy="nantes")
    assert (row.admitted, row.load.file_name) == (43, "bac-corrige.csv")
    assert ReferenceResult.objects.get(academy="rennes").load.file_name == "bac.csv"
    assert row.pgh_event_model.objects.filter(pgh_obj_id=row.pk).count() == 2


@pytest.mark.parametrize(
    ("line", "field", "reason"),
    [
        (RENNES.replace("2025", "20A5"), "session", "une session est une année"),
        (RENNES.replace("bac_general", "bac_magique"), "voie", "valeur inconnue (« bac_magique »)"),
        (RENNES.replace(",F,", ",,"), "sexe", "valeur absente"),
        (RENNES.replace("rennes", "atlantide"), "academie", "valeur inconnue"),
        (RENNES.replace(",general,", ",stmg,"), "serie", "cette série n’est pas de la voie"),
        (RENNES.replace(",110,", ",cent,"), "inscrits", "un effectif est un nombre entier positif"),
        (RENNES.replace(",110,", ",-110,"), "inscrits", "un effectif est un nombre entier positif"),
        (RENNES.replace(",110,", ",99999999999,"), "inscrits", "un effectif est un nombre entier positif"),
        (RENNES.replace(",110,100,", ",99,100,"), "presents", "plus de présents que d’inscrits (99)"),
        (RENNES.replace(",100,70,", ",79,70,"), "admis_totaux", "plus d’admis que de présents (79)"),
        (RENNES.replace(",100,70,", ",101,70,"), "presents", "la somme des admis et des refusés (100)"),
        (RENNES.replace(",70,10,20,", ",71,10,20,"), "admis_totaux", "la somme des deux groupes (81)"),
        (RENNES.replace("rennes", "france"), "academie", "un total ne se mêle pas au détail"),
        (RENNES + ",1", "", "21 cellules au lieu de 20"),
        (RENNES.replace("bac_general", '"bac'), "", ""),
    ],
)
def test_refused_line_is_explained_and_cancels_the_load(write, load, capsys, line, field, reason):
    with pytest.raises(CommandError, match="rien n’a été chargé"):
        load(write(NANTES, line))

    said = capsys.readouterr().err
    assert said.startswith("ligne 3" + (f", colonne « {field} »" if field else ""))
    assert reason in said
    assert not ReferenceResult.objects.exists()
    assert not ReferenceLoad.objects.exists()
    assert not ExamSession.objects.exists()


def test_good_lines_are_kept_on_demand(write, load):
    said = load(write(NANTES, RENNES.replace("rennes", "atlantide")), "--garder-les-bonnes-lignes")

    assert "ajoutés : 1" in said
    assert "lignes refusées : 1" in said
    assert ReferenceLoad.objects.get().refused == 1


def test_line_counted_twice_is_refused(write, load, capsys):
    with pytest.raises(CommandError):
        load(write(NANTES, RENNES, NANTES))

    assert "ligne 4 : ces candidats sont déjà comptés à la ligne 2" in capsys.readouterr().err
    assert not ReferenceResult.objects.exists()


def test_dry_run_keeps_nothing(write, load):
    said = load(write(RENNES, NANTES), "--dry-run")

    assert "ajoutés : 2" in said
    assert "rien n’a été gardé" in said
    assert not ReferenceResult.objects.exists()
    assert not ReferenceLoad.objects.exists()
    assert not ExamSession.objects.exists()


@pytest.mark.parametrize("secret", ["nd", "", "N.D.", "ns", "secret"])
def test_secret_cell_is_unknown_and_not_zero(write, load, secret):
    cells = RENNES.split(",")
    cells[6] = secret
    cells[14:] = [secret] * 6
    load(write(",".join(cells)))

    row = ReferenceResult.objects.get()
    assert (row.registered, row.good, row.refused, row.present) == (None, None, None, 100)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_export_of_the_portal_is_read_whatever_its_encoding(write, load, encoding):
    header = (
        "num_ligne;Session;Code académie;Académie;Sexe;Statut du candidat;Voie;Série;Nombre d'inscrits;"
        "Nombre de présents;Nombre d'admis au 1er groupe;Nombre de refusés au 1er groupe;"
        "Nombre d'ajournés, passant les épreuves du 2nd groupe;Nombre d'admis à l'issue du 2nd groupe;"
        "Nombre de refusés à l'issue du 2nd groupe;Nombre d'admis totaux"
    )
    line = "7.0;2025-01-01;10;LA RÉUNION;FÉMININ;ENSEIGNEMENT A DISTANCE;BAC GENERAL;GENERALE;"
    line += "1 110;100.0;70;10;20;10;10;80"
    load(write(line, header=header, encoding=encoding))

    row = ReferenceResult.objects.get()
    assert (row.session.year, row.academy, row.sex, row.status, row.pathway, row.series) == (
        *(2025, "la-reunion", "F", "enseignement-a-distance", "generale", "general"),
    )
    assert (row.registered, row.present, row.admitted, row.good) == (1110, 100, 80, None)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("a,b,c", "Il manque dans l’en-tête : session"),
        (HEADER + ",voie", "deux fois la colonne « voie »"),
        (HEADER + ",Diplôme spécialité", "détaillé par spécialité"),
    ],
)
def test_wrong_header_is_said(write, load, header, reason):
    with pytest.raises(CommandError, match=reason):
        load(write(RENNES, header=header))


def test_empty_file_is_said(write, load):
    with pytest.raises(CommandError, match="aucun résultat"):
        load(write())


def test_missing_file_is_said(load, tmp_path):
    with pytest.raises(CommandError, match="ne se lit pas"):
        load(tmp_path / "absent.csv")


@pytest.mark.skipif("CNED_SHARED_DATA" not in os.environ, reason="the real file stays beside the project")
def test_real_file_is_loaded_whole(load):
    path = Path(os.environ["CNED_SHARED_DATA"]) / "exams" / "bac_academie_statut_sexe_serie_2021_2025.csv"
    said = load(path)

    assert "7664 lignes lues ; résultats ajoutés : 7664" in said
    row = next(row for row in bac_results().table(year=2025, pathway="generale", status="enseignement-a-distance"))
    assert (row.registered, row.present, row.admitted) == (2888, 2782, 2134)
    assert "inchangés : 7664" in load(path)

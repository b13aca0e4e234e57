"""National nomenclatures read from their public files."""

import os
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from catalogue.domain.nomenclatures import load_certifications, load_formacodes, load_occupations
from catalogue.models import Certification, Formacode, Occupation
from tests.catalogue.factories import CertificationFactory

pytestmark = pytest.mark.django_db
RNCP = (
    "code;intitule;type_certification;niveau\r\n"
    "RNCP99001;Reliure d’art;Titre;Niveau 4\r\nRS9901;Dorure;;\r\n"
    "RNCP99001;Encore;;Niveau 3\r\nXX12;Faux;;Niveau 4\r\nRNCP99002;;;Niveau 4\r\n"
)
ROME = '"code_rome","libelle_rome"\n"B1801","Reliure"\n"Z9999","Faux"\n'
NAMES = "code_ogr;libelle_appellation_long;code_rome\n1;Relieur / Relieuse;B1801\n2;Doreur / Doreuse;B1801\n"
FORMACODE = (
    "Code du Terme;Descripteur en typo riche;Synonymes;Synonymes métier\n"
    "99001;Reliure;brochage###dorure;Relieur\n9;Faux;;\n"
)


def counts(report):
    return report.added, report.changed, report.unchanged, len(report.refused)


def test_certifications_are_loaded_once_and_wrong_lines_are_named(db):
    report = load_certifications(RNCP.encode(), acting_user=None)
    assert counts(report) == (2, 0, 0, 3)
    assert [(line, name) for line, name, _ in report.refused] == [(4, "code"), (5, "code"), (6, "intitulé exact")]
    assert Certification.objects.get(code="RNCP99001").level == 4
    assert counts(load_certifications(RNCP.encode(), acting_user=None)) == (0, 0, 2, 3)


def test_what_the_file_does_not_hold_stays(db):
    CertificationFactory(code="RNCP99001", title="Ancien titre", certifier="École fictive", expires_on="2030-01-01")
    assert counts(load_certifications(RNCP.encode(), acting_user=None)) == (1, 1, 0, 3)
    kept = Certification.objects.get(code="RNCP99001")
    assert (kept.title, kept.certifier, str(kept.expires_on)) == ("Reliure d’art", "École fictive", "2030-01-01")


def test_jobs_come_with_their_names(db):
    assert counts(load_occupations(ROME.encode(), NAMES.encode(), acting_user=None)) == (1, 0, 0, 1)
    assert Occupation.objects.get().names == ["Doreur / Doreuse", "Relieur / Relieuse"]
    assert counts(load_occupations(ROME.encode(), acting_user=None)) == (0, 0, 1, 1)
    assert len(Occupation.objects.get().names) == 2, "without the second file, names stay"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "cp1252"])
def test_subjects_are_read_in_any_usual_encoding(db, encoding):
    assert counts(load_formacodes(FORMACODE.encode(encoding), acting_user=None)) == (1, 0, 0, 1)
    assert Formacode.objects.get().synonyms == ["Relieur", "brochage", "dorure"]


def test_command_says_what_it_did(tmp_path):
    file, out, err = tmp_path / "rncp.csv", StringIO(), StringIO()
    file.write_text(RNCP, encoding="utf-8")
    call_command("load_nomenclature", "rncp", file, stdout=out, stderr=err)
    assert "2 ajoutés, 0 modifiés, 0 inchangés, 3 refusés" in out.getvalue()
    assert "Ligne 5, code : Un code s’écrit RNCP38565 ou RS5080." in err.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Le fichier est vide"),
        (b"a;b\n1;2\n", "Colonnes absentes : code, intitule, niveau"),
        (b"\x00\x01\x02", "ni un CSV"),
        ("été;é".encode("cp1252"), "Colonnes absentes : code, intitule, niveau"),
    ],
)
def test_file_without_the_expected_columns_is_refused_whole(tmp_path, content, said):
    file = tmp_path / "faux.csv"
    file.write_bytes(content)
    with pytest.raises(CommandError, match=said):
        call_command("load_nomenclature", "rncp", file)
    assert not Certification.objects.exists()


def test_missing_file_is_said(tmp_path):
    with pytest.raises(CommandError, match="Fichier illisible"):
        call_command("load_nomenclature", "rome", tmp_path / "rien.csv")


def test_public_files_load_whole(db):
    folder = os.environ.get("CNED_SHARED_DATA")
    if not folder or not (Path(folder) / "rncp").is_dir():
        pytest.skip("the public files are not in this environment")
    data = Path(folder)
    rncp = load_certifications((data / "rncp/rncp_rs_fiches_2026-04.csv").read_bytes(), acting_user=None)
    rome = load_occupations(
        (data / "rome/unix_referentiel_code_rome_v460_utf8.csv").read_bytes(),
        (data / "rome/rome_appellations.csv").read_bytes(),
        acting_user=None,
    )
    formacode = load_formacodes((data / "formacode/formacodes-v14.csv").read_bytes(), acting_user=None)
    assert (rncp.added, rome.added, formacode.added) == (6_590, 1_584, 2_775)

"""The catalogue for others, in LHEO and as EDOF sees it: valid, exactly what the public sees, in constant memory."""

import csv
import io
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from lxml import etree

from catalogue.exports.lheo import NAMESPACE, lheo_document, lheo_trainings
from catalogue.models import Training
from catalogue.views import exports
from cned_portal.demo.catalogue import load
from tests.catalogue.factories import (
    CertificationFactory,
    TrainingActionFactory,
    TrainingFactory,
    TrainingSessionFactory,
)

pytestmark = pytest.mark.django_db
URL = "/formations/lheo.xml"
N = {"l": NAMESPACE}


def schema():
    folder = os.environ.get("CNED_SHARED_DATA")
    path = Path(folder) / "lheo" / "lheo-2.3.xsd" if folder else None
    if path is None or not path.exists():
        pytest.skip("the schema is not in this environment")
    return etree.XMLSchema(etree.parse(path))


def document(client):
    answer = client.get(URL)
    assert answer["Content-Type"].startswith("application/xml")
    return etree.fromstring(b"".join(answer.streaming_content))


@pytest.fixture
def training():
    training = TrainingFactory(published=True, title="Reliure d’art", recognition="rncp_title", level_after=5)
    training.certifications.add(CertificationFactory(code="RNCP38565"))
    action = TrainingActionFactory(training=training, price="1234.50", teaching_mode=2, fundings=["employeur"])
    TrainingSessionFactory(action=action, enrolment_closes_on=timezone.localdate() - timedelta(days=1))
    return training


def test_whole_demonstration_is_valid():
    load()
    rules = schema()
    found = etree.fromstring(b"".join(lheo_document()))
    rules.assertValid(found)
    told = Training.objects.published().filter(kind="training").count()
    assert len(found.findall(".//l:formation", N)) == told > 150


def test_training_says_what_its_page_says(client, training):
    found = document(client).find(".//l:formation", N)

    def text(path):
        return found.findtext(path, namespaces=N)

    assert found.get("numero") == training.slug
    assert text("l:intitule-formation") == "Reliure d’art"
    assert text("l:certification/l:code-RNCP") == "RNCP38565"
    assert text("l:code-niveau-sortie") == "15"
    assert text("l:action/l:modalites-enseignement") == "2"
    assert text("l:action/l:prix-total-TTC") == "1234.50"
    assert text("l:action/l:prise-en-charge-frais-possible") == "1"
    assert text("l:action/l:session/l:etat-recrutement") == "2", "enrolment has ended"
    assert text("l:url-formation/l:urlweb").endswith(training.get_absolute_url())


def test_only_what_the_public_sees_is_told(client, training):
    hidden = TrainingFactory(title="Brouillon")
    TrainingSessionFactory(action=TrainingActionFactory(training=hidden))
    TrainingFactory(published=True, central_project=True, title="Projet")
    titles = [node.text for node in document(client).iterfind(".//l:intitule-formation", N)]
    assert titles == ["Reliure d’art"]


def test_long_or_strange_texts_stay_within_the_format(client, training):
    strange = "<b>&amp;</b> \x0b\u2028" + "é" * 4_000
    Training.objects.filter(pk=training.pk).update(
        objectives=strange, accessibility=strange, teaching_methods="", duration="x" * 150
    )
    found = document(client)
    assert len(found.findtext(".//l:objectif-formation", namespaces=N)) == 3_000
    assert len(found.findtext(".//l:acces-handicapes", namespaces=N)) == 250
    schema().assertValid(found)


def test_french_blanks_stay_blanks(client, training):
    Training.objects.filter(pk=training.pk).update(objectives="150\u202f€ par\u00a0mois\ttout compris")
    assert document(client).findtext(".//l:objectif-formation", namespaces=N) == (
        "150\u202f€ par\u00a0mois tout compris"
    )


@pytest.mark.parametrize("more", [0, 5])
def test_queries_do_not_grow_with_trainings(training, more, django_assert_num_queries):
    for _ in range(more):
        TrainingSessionFactory(action=TrainingActionFactory(training=TrainingFactory(published=True)))
    with django_assert_num_queries(7):
        assert b"".join(lheo_document()).count(b"<formation ") == 1 + more


def test_head_costs_nothing(client, training, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.head(URL).status_code == 200


def test_exports_are_limited(client, training, monkeypatch):
    monkeypatch.setattr(exports, "EXPORTS_PER_HOUR", 2)
    answers = [client.get(URL) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1]["Retry-After"] == "3600"


def test_training_without_session_is_left_out(training):
    TrainingActionFactory(training=TrainingFactory(published=True))
    assert list(lheo_trainings()) == [training]


class TestEdof:
    def lines(self, client):
        answer = client.get("/formations/cpf.csv")
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text), delimiter=";"))

    def test_training_is_one_line_with_what_its_actions_amount_to(self, client, training):
        for price, hours in (("1000", 100), ("2000", 200)):
            action = TrainingActionFactory(
                training=training, name=price, price=price, hours=hours, is_cpf_eligible=True, teaching_mode=2
            )
            TrainingSessionFactory(action=action)
        [line] = self.lines(client)
        assert (line["type_referentiel"], line["code_rncp"], line["code_inventaire"]) == ("RNCP", "38565", "")
        assert (line["nb_action"], line["nb_session_active"], line["nb_session_a_distance"]) == ("2", "2", "2")
        assert (line["frais_ttc_tot_min"], line["frais_ttc_tot_max"]) == ("1000,00", "2000,00")
        assert line["nombre_heures_total_mean"] == "150"

    def test_training_that_is_not_eligible_is_left_out(self, client, training):
        assert self.lines(client) == []
        training.actions.update(is_cpf_eligible=True)
        assert len(self.lines(client)) == 1
        training.certifications.update(expires_on=timezone.localdate() - timedelta(days=1))
        assert self.lines(client) == []

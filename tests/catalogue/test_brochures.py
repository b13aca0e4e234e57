from datetime import timedelta

import page as page_validation
import pytest
import time_machine
from django.utils import timezone

from catalogue.domain.brochures import CHANGED, STUCK_AFTER, build_brochure, recover_brochures, request_brochure
from catalogue.models import Brochure, Training
from catalogue.tasks import build_brochure as task
from catalogue.views.brochures import ASKED_PER_HOUR
from tests.catalogue.factories import (
    ResultIndicatorFactory,
    TrainingActionFactory,
    TrainingFactory,
    TrainingSessionFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def training():
    training = TrainingFactory(published=True, title="Reliure d’art")
    TrainingSessionFactory(action=TrainingActionFactory(training=training))
    ResultIndicatorFactory(training=training)
    return training


@pytest.fixture
def ask(client, training):
    return lambda: client.post(f"{training.get_absolute_url()}documentation/")


def bytes_of(brochure):
    with brochure.file.open("rb") as file:
        return file.read()


def test_first_waits_then_everyone_gets_the_same_file(client, ask, training):
    response = ask()
    brochure = Brochure.objects.get()
    assert response["Location"] == f"/documentation/{brochure.pk}/"
    assert client.get(response["Location"]).status_code == 200
    assert client.get(f"/documentation/{brochure.pk}/fichier/").status_code == 404
    task(brochure.pk)
    task(brochure.pk)
    response = ask()
    assert response["Location"] == f"/documentation/{brochure.pk}/fichier/"
    file = client.get(response["Location"])
    assert file["Content-Type"] == "application/pdf"
    assert "attachment" in file["Content-Disposition"]
    first = b"".join(file.streaming_content)
    assert first.startswith(b"%PDF")
    Brochure.objects.all().delete()
    build_brochure(request_brochure(training, acting_user=None).pk)
    assert bytes_of(Brochure.objects.get()) == first


def test_brochure_is_an_accessible_document(training, tmp_path):
    build_brochure(request_brochure(training, acting_user=None).pk)
    path = tmp_path / "document.pdf"
    path.write_bytes(bytes_of(Brochure.objects.get()))
    report = page_validation.validate_pdf(str(path), profile="ua1")
    assert report.is_compliant, report


def test_changed_page_has_another_document(ask, training):
    ask()
    Training.objects.filter(pk=training.pk).update(objectives="Autre chose.")
    ask()
    assert Brochure.objects.count() == 2
    assert not build_brochure(Brochure.objects.order_by("pk").first().pk)
    assert Brochure.objects.order_by("pk").first().error == CHANGED


def test_failed_document_may_be_asked_again(ask):
    ask()
    Brochure.objects.update(state="failed", finished_at=timezone.now(), error="Panne.")
    ask()
    assert Brochure.objects.get().state == "pending"


def test_document_whose_worker_was_killed_is_made_by_another(ask):
    ask()
    assert Brochure.objects.claim(Brochure.objects.get().pk)
    with time_machine.travel(timezone.now() + STUCK_AFTER + timedelta(minutes=1)):
        recover_brochures()
        assert Brochure.objects.get().state == "done"


def test_document_that_kills_its_workers_may_be_asked_again(ask):
    ask()
    assert Brochure.objects.claim(Brochure.objects.get().pk)
    with time_machine.travel(timezone.now() + 5 * STUCK_AFTER):
        recover_brochures()
        assert Brochure.objects.get().state == "failed"
        ask()
        assert Brochure.objects.get().state == "pending"


def test_training_taken_off_has_no_document(client, ask, training):
    build_brochure(request_brochure(training, acting_user=None).pk)
    brochure = Brochure.objects.get()
    Training.objects.filter(pk=training.pk).update(state="draft")
    assert ask().status_code == 404
    assert client.get(f"/documentation/{brochure.pk}/fichier/").status_code == 404
    assert client.get(f"{training.get_absolute_url()}documentation/").status_code == 405


def test_old_documents_are_emptied(training):
    build_brochure(request_brochure(training, acting_user=None).pk)
    brochure = Brochure.objects.get()
    recover_brochures()
    assert Brochure.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(days=40)):
        recover_brochures()
    assert not Brochure.objects.exists()
    assert not brochure.file.storage.exists(brochure.file.name)


def test_demands_are_limited(ask):
    for _ in range(ASKED_PER_HOUR):
        assert ask().status_code == 302
    refused = ask()
    assert refused.status_code == 429
    assert "Trop de demandes" in refused.content.decode()

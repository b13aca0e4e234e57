"""kill -9 of a worker in the middle of long work: another takes it up, and all is written once.

Dead, it has written nothing that is seen but its progress; the beat finds it again once its silence is long enough.
"""

import subprocess
import sys
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import connection
from django.utils import timezone

from catalogue import tasks as catalogue_tasks
from catalogue.domain.imports.runs import accept_import, request_import
from catalogue.enums import ImportMode
from catalogue.models import CatalogueImport, Training
from cned_portal.common.outbox.models import Mail
from cned_portal.common.progress import STUCK_AFTER, RunState
from cned_portal.common.spreadsheets import csv_text
from cned_portal.users.models import User
from learners import tasks as learners_tasks
from learners.domain.organisations.groups import accept_group, request_group
from learners.domain.privacy.exports import request_export
from learners.enums import GroupMode
from learners.models import DataExport, Enrolment, GroupEnrolment, LearnerProfile, Seat
from tests.catalogue.factories import OperatingUnitFactory
from tests.learners.factories import (
    DocumentFactory,
    EnrolmentFactory,
    LearnerProfileFactory,
    OrganisationFactory,
    people_file,
    voucher_for,
)

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
NUMBER = 60


@pytest.fixture
def kill(settings):
    """Have a task run by a process, and kill it where it says: `kill(task, run, "60")`."""

    def run_and_kill(task, run, place):
        command = [sys.executable, "-m", "tests.common.stopped_worker", connection.settings_dict["NAME"]]
        command += [str(settings.MEDIA_ROOT), f"{task.__module__}.{task.__name__}", str(run.pk), place]
        worker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert worker.stdout.readline() == "stopped\n"
        finally:
            worker.kill()
            worker.wait()
            worker.stdout.close()
        run.refresh_from_db()
        assert run.state == RunState.RUNNING
        task(run.pk)  # its message comes again, as nobody acknowledged it: too early
        run.refresh_from_db()
        assert run.state == RunState.RUNNING

    return run_and_kill


def recover(task, run):
    """What the beat does once the silence has lasted, and once more."""
    ago = timezone.now() - STUCK_AFTER - timedelta(minutes=1)
    type(run).objects.filter(pk=run.pk).update(created_at=ago, started_at=ago, heartbeat_at=ago)
    task()
    task()
    run.refresh_from_db()
    assert (run.state, run.progress, run.error) == (RunState.DONE, 100, "")


def rows(*models):
    return [model.objects.count() for model in models]


@pytest.mark.parametrize("place", ["25", "70", "95"])
def test_group_enrolment(kill, place):
    voucher = voucher_for(OrganisationFactory(), seats=NUMBER)
    people = [("Exemple", f"Prénom {rank}", f"p{rank}@exemple.example") for rank in range(NUMBER)]
    task = learners_tasks.process_group
    with patch.object(task, "apply_async"):
        run = request_group(voucher, name="liste.csv", content=people_file(*people), acting_user=None)
        task(run.pk)
        accept_group(run, mode=GroupMode.ALL, acting_user=None)
    written = (LearnerProfile, Enrolment, Enrolment.pgh_event_model, Seat)
    before = User.objects.count()

    kill(task, run, place)
    voucher.refresh_from_db()
    assert run.progress >= int(place)
    assert (rows(*written), voucher.used, User.objects.count()) == ([0] * 4, 0, before)

    recover(learners_tasks.look_after_organisations, run)
    voucher.refresh_from_db()
    assert (rows(*written), voucher.used, User.objects.count()) == ([NUMBER] * 4, NUMBER, before + NUMBER)
    assert (run.created_count, run.refused_count, run.lines.count()) == (NUMBER, 0, NUMBER)
    told = Mail.objects.filter(kind="learners/email/group_enrolled")
    assert (told.count(), told.values("to").distinct().count()) == (NUMBER, NUMBER)
    assert GroupEnrolment.objects.count() == 1


@pytest.mark.parametrize("place", ["30", "file"])
def test_copy_of_ones_data(kill, settings, place):
    learner = LearnerProfileFactory()
    DocumentFactory(enrolment=EnrolmentFactory(learner=learner, active=True), issued=True)
    task = learners_tasks.make_data_export
    with patch.object(task, "apply_async"):
        run = request_export(acting_user=learner.user)

    kill(task, run, place)
    assert not Mail.objects.filter(key=f"learners.data_ready:{run.pk}").exists()

    recover(learners_tasks.recover_data_exports, run)
    folder = settings.MEDIA_ROOT / "exports"
    assert [path.name for path in folder.iterdir()] == [run.file.name.split("/")[1]]  # none that nobody would erase
    assert Mail.objects.filter(key=f"learners.data_ready:{run.pk}").count() == 1
    assert DataExport.objects.count() == 1


@pytest.mark.parametrize("mode", ImportMode)
def test_catalogue_import(kill, mode):
    lines = [[f"R-{rank}", f"Formation Exemple {rank}", "PRO", "Adulte"] for rank in range(NUMBER)]
    OperatingUnitFactory(code="PRO")
    content = csv_text(["référence", "Intitulé", "UNITE", "publics"], lines).encode()
    task = catalogue_tasks.process_import
    with patch.object(task, "apply_async"):
        run = request_import(name="formations.csv", content=content, unit=None, acting_user=None)
        task(run.pk)
        accept_import(run, mode=mode, acting_user=None)

    kill(task, run, "60")
    assert run.progress >= 60
    assert not Training.objects.exists()

    recover(catalogue_tasks.recover_imports, run)
    assert (run.created_count, run.refused_count, run.lines.count()) == (NUMBER, 0, NUMBER)
    assert Training.objects.filter(search_vector__isnull=False).count() == NUMBER
    assert Training.objects.count() == NUMBER
    assert CatalogueImport.objects.count() == 1

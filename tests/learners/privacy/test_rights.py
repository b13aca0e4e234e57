import io
import json
import zipfile
from datetime import date, timedelta

import pgtrigger
import pytest
from django.db import connection
from django.utils import timezone

from cned_portal.common.outbox.models import Mail
from cned_portal.common.progress import RunState
from crc.domain.tickets import close_ticket
from learners.domain.privacy.access_log import note_access, services_that_opened
from learners.domain.privacy.closure import request_closure, settle_closures
from learners.domain.privacy.exports import make_export, recover_exports, request_export
from learners.domain.privacy.requests import (
    accept_request,
    ask_right,
    extend_request,
    months_after,
    refuse_request,
)
from learners.domain.privacy.retention import apply_retention
from learners.domain.privacy.rules import load_learner_retention_rules
from learners.domain.refusals import MoveRefused, Refusal
from learners.enums import FileKind, RightKind
from learners.models import AccountClosure, Address, DataExport, FileAccess, LearnerProfile
from tests.crc.factories import make_ticket
from tests.learners.factories import DocumentFactory, EnrolmentFactory, LearnerProfileFactory
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db
SECRET = "ornithorynque"


@pytest.fixture
def zenobie(db):
    user = UserFactory(first_name="Zénobie", last_name="Introuvable", email="zenobie@exemple.example")
    learner = LearnerProfileFactory(user=user, date_of_birth=date(1990, 1, 2), phone="+33699887766")
    Address.objects.create(learner=learner, street="3 rue Introuvable", city="Poitiers")
    return learner


def later(**delta):
    return timezone.now() + timedelta(**delta)


def test_copy_holds_what_every_app_knows_and_the_files(zenobie):
    document = DocumentFactory(enrolment=EnrolmentFactory(learner=zenobie, active=True), issued=True)
    other = make_ticket(subject="Celle d’une autre personne")
    ticket = make_ticket(requester=zenobie.user, requester_email=zenobie.user.email, subject=f"Mon {SECRET}")
    run = request_export(acting_user=zenobie.user)
    assert request_export(acting_user=zenobie.user) == run  # two clicks, one copy

    assert make_export(run.pk)
    assert not make_export(run.pk)
    run.refresh_from_db()
    with zipfile.ZipFile(io.BytesIO(run.file.read())) as archive:
        held = json.loads(archive.read("donnees.json"))
        page = archive.read("lisez-moi.html").decode()
        assert archive.read(f"documents/{document.pk}.pdf").startswith(b"%PDF")
    run.file.close()
    assert held["apprenant"]["adresses"][0]["adresse"][0] == "3 rue Introuvable"
    assert [item["reference"] for item in held["relation_usagers"]["demandes"]] == [ticket.reference]
    assert SECRET in page
    assert other.subject not in page
    assert Mail.objects.filter(key=f"learners.data_ready:{run.pk}").count() == 1


def test_copy_is_erased_after_a_week(zenobie):
    run = request_export(acting_user=zenobie.user)
    make_export(run.pk)
    run.refresh_from_db()
    name, storage = run.file.name, run.file.storage
    recover_exports()
    assert storage.exists(name)
    DataExport.objects.update(created_at=later(days=-8))
    recover_exports()
    assert not storage.exists(name)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 11, 26), 3, date(2027, 2, 26)),
        (date(2027, 12, 1), 1, date(2028, 1, 1)),
    ],
)
def test_deadline_is_the_same_day_of_a_later_month(day, months, expected):
    assert months_after(day, months) == expected


def test_correction_is_due_in_a_month_extended_once_and_written_when_accepted(zenobie, agent):
    asked = ask_right(zenobie, kind=RightKind.BIRTH_DATE, wanted="03/01/1990", acting_user=zenobie.user)
    with pytest.raises(Refusal, match="déjà en cours"):
        ask_right(zenobie, kind=RightKind.BIRTH_DATE, wanted="04/01/1990", acting_user=zenobie.user)
    assert asked.due_on == months_after(timezone.localdate(), 1)
    extended = extend_request(asked, reason="Beaucoup de demandes", acting_user=agent)
    assert extended.due_on == months_after(timezone.localdate(), 3)
    with pytest.raises(MoveRefused):
        extend_request(asked, reason="Encore", acting_user=agent)

    accept_request(asked, acting_user=agent)
    zenobie.refresh_from_db()
    assert zenobie.date_of_birth == date(1990, 1, 3)
    with pytest.raises(MoveRefused):
        refuse_request(asked, reason="Trop tard", acting_user=agent)


@pytest.mark.parametrize("wanted", ["hier", "31/02/1990", "01/01/1800", "9" * 900, "2999-01-01", "\0"])
def test_birth_date_that_is_none_is_refused_when_asked(zenobie, wanted):
    with pytest.raises(Refusal):
        ask_right(zenobie, kind=RightKind.BIRTH_DATE, wanted=wanted, acting_user=zenobie.user)


def test_late_extension_and_refusal_without_a_reason_are_refused(zenobie, agent):
    asked = ask_right(zenobie, kind=RightKind.OTHER, wanted="Effacer ma photo", acting_user=zenobie.user)
    with pytest.raises(MoveRefused, match="mois est passé"):
        extend_request(asked, reason="Trop tard", acting_user=agent, at=later(days=40))
    with pytest.raises(Refusal, match="raison"):
        refuse_request(asked, reason="  ", acting_user=agent)
    refuse_request(asked, reason="Il n’y a pas de photo.", acting_user=agent)
    assert Mail.objects.get(key=f"learners.right_settled:{asked.pk}").to == zenobie.user.email


def traces(words):
    """(table, column) of every text of the database where one of the words is read."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND data_type IN ('text', 'character varying', 'jsonb', 'json')"
        )
        for table, column in cursor.fetchall():
            for word in words:
                cursor.execute(f'SELECT 1 FROM "{table}" WHERE "{column}"::text ILIKE %s LIMIT 1', [f"%{word}%"])
                if cursor.fetchone():
                    found.add((table, column))
    return found


def closed(learner):
    request_closure(learner.user, acting_user=learner.user)
    AccountClosure.objects.update(asked_at=later(days=-15), due_at=later(days=-1))
    return settle_closures()


def test_closing_waits_for_what_is_under_way(zenobie):
    EnrolmentFactory(learner=zenobie, active=True)
    with pytest.raises(Refusal, match="inscription en cours"):
        request_closure(zenobie.user, acting_user=zenobie.user)


def test_signing_in_again_keeps_the_account(zenobie):
    request_closure(zenobie.user, acting_user=zenobie.user)
    assert settle_closures() == 0
    AccountClosure.objects.update(asked_at=later(days=-15), due_at=later(days=-1))
    zenobie.user.last_login = later(days=-2)
    zenobie.user.save()

    assert settle_closures() == 0
    zenobie.refresh_from_db()
    assert zenobie.user.first_name == "Zénobie"
    assert AccountClosure.objects.get().cancelled_at
    assert Mail.objects.filter(key__startswith="learners.closure_given_up").count() == 1


def test_closed_account_leaves_no_trace_of_the_person_but_what_is_said(zenobie, agent):
    enrolment = EnrolmentFactory(learner=zenobie, state="cancelled", cancelled_at=timezone.now())
    ticket = make_ticket(requester=zenobie.user, requester_email=zenobie.user.email, subject=f"Mon {SECRET}")
    zenobie.user.first_name = "Zénobia"  # the history keeps both
    zenobie.user.save()
    with pytest.raises(Refusal, match=f"Une demande n’est pas close : {ticket.reference}"):
        request_closure(zenobie.user, acting_user=zenobie.user)
    other = make_ticket(requester=zenobie.user, requester_email=zenobie.user.email)
    with pytest.raises(Refusal, match="Des demandes ne sont pas closes"):
        request_closure(zenobie.user, acting_user=zenobie.user)
    close_ticket(other, reason="Réponse donnée au téléphone", acting_user=agent)
    close_ticket(ticket, reason="Réponse donnée au téléphone", acting_user=agent)

    assert closed(zenobie) == 1
    assert settle_closures() == 0

    learner = LearnerProfile.objects.select_related("user").get(pk=zenobie.pk)
    assert not learner.user.is_active
    assert learner.enrolments.get() == enrolment
    ticket.refresh_from_db()
    assert ticket.anonymised_at
    goodbye = Mail.objects.get(key__startswith="learners.closure_done")
    assert goodbye.to == "zenobie@exemple.example"
    assert "50 ans" in goodbye.text
    goodbye.delete()  # the only mail that keeps the address, as long as the outbox keeps mails
    assert traces(["Zénobi", "Introuvable", "zenobie@", "99887766", SECRET]) == set()


def test_access_is_noted_once_a_day_and_told_without_the_name(zenobie, agent):
    for _ in range(2):
        note_access(agent, zenobie.pk, FileKind.PROFILE, page="admin:learners_learnerprofile_change")
    assert FileAccess.objects.count() == 1
    told = list(services_that_opened(zenobie))
    assert told == [{"service": "Agent du CRC", "day": timezone.localdate(), "kind": FileKind.PROFILE}]


def test_retention_erases_each_sort_once(zenobie, agent):
    load_learner_retention_rules()
    note_access(agent, zenobie.pk, FileKind.PROFILE, page="x")
    with pgtrigger.ignore("learners.FileAccess:append_only"):
        FileAccess.objects.update(at=later(days=-400))
    Address.objects.update(valid_from=later(days=-900), valid_to=later(days=-800))
    zenobie.user.last_login = later(days=-6 * 365)
    zenobie.user.save()

    assert apply_retention()
    assert apply_retention()
    assert not FileAccess.objects.exists()
    assert not Address.objects.exists()
    closure = AccountClosure.objects.get()  # told first, closed a month later
    assert closure.user == zenobie.user
    assert closure.due_at > later(days=29)
    assert zenobie.user.is_active


def test_export_that_fails_says_so(zenobie, monkeypatch):
    run = request_export(acting_user=zenobie.user)
    monkeypatch.setattr("learners.domain.privacy.exports._held", lambda *args: 1 / 0)
    assert not make_export(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert "recommencer" in run.error

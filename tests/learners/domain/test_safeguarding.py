"""The restricted register: what is written stays, what is read is noted, and nobody else sees it."""

import uuid

import pytest
from django.contrib import admin
from django.db import DatabaseError, transaction

from cned_portal.common.outbox.models import Mail
from cned_portal.users.enums import Role
from learners.domain.refusals import Refusal
from learners.domain.safeguarding import add_to_report, open_register, open_report, report_violence
from learners.enums import ReportEntryKind
from learners.models import ReportAccess, ReportEntry, SafeguardingReport
from tests.learners.factories import SafeguardingReportFactory
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db
FACTS = "Des messages blessants, chaque soir."


@pytest.fixture
def referent(staff):
    return staff(Role.SAFEGUARDING)


def reported(user=None, **fields):
    values = {"kind": "harassment", "reported_as": "victim", "facts": FACTS, "client_key": uuid.uuid4()} | fields
    return report_violence(**values, acting_user=user)


def test_anonymous_report_keeps_nobody_even_signed_in(referent, learner):
    report = reported(learner, contact="06 00 00 00 00")
    assert (report.reporter, report.contact, report.is_anonymous) == (None, "", True)
    known = reported(learner, is_anonymous=False, contact="06 00 00 00 00")
    assert (known.reporter, known.contact) == (learner, "06 00 00 00 00")


def test_referents_are_told_without_a_word_of_the_facts(referent):
    key = uuid.uuid4()
    assert reported(client_key=key) == reported(client_key=key)
    mail = Mail.objects.get(key__startswith="learners.report_received")
    assert mail.to == referent.email
    assert "blessants" not in mail.text + mail.html
    assert "harcèlement" not in mail.subject.lower()


def test_nothing_of_the_register_changes_or_goes(referent):
    report = reported()
    open_report(referent, report.pk)
    add_to_report(report, kind="action", text="Appel.", client_key=uuid.uuid4(), acting_user=referent)
    for model, field in ((SafeguardingReport, "facts"), (ReportEntry, "text"), (ReportAccess, "kind")):
        with pytest.raises(DatabaseError, match="update or delete"), transaction.atomic():
            model.objects.update(**{field: "read"})
        with pytest.raises(DatabaseError, match="update or delete"), transaction.atomic():
            model.objects.all()._raw_delete("default")


def test_each_reading_and_writing_is_noted(referent):
    report = SafeguardingReportFactory()
    list(open_register(referent))
    open_report(referent, report.pk)
    add_to_report(report, kind="action", text="Appel.", client_key=uuid.uuid4(), acting_user=referent)
    seen = list(ReportAccess.objects.order_by("pk").values_list("user", "kind", "report"))
    assert seen == [(referent.pk, "list", None), (referent.pk, "read", report.pk), (referent.pk, "write", report.pk)]


@pytest.mark.parametrize("role", [role for role in Role if role != Role.SAFEGUARDING])
def test_other_roles_read_no_report(role, staff):
    report = SafeguardingReportFactory()
    assert open_report(staff(role), report.pk) is None
    assert not ReportAccess.objects.exists()


def test_one_outcome(referent):
    report = SafeguardingReportFactory()
    key = uuid.uuid4()
    for _ in range(2):
        add_to_report(report, kind=ReportEntryKind.OUTCOME, text="Fait.", client_key=key, acting_user=referent)
    with pytest.raises(Refusal, match="déjà une issue"):
        add_to_report(report, kind=ReportEntryKind.OUTCOME, text="Bis.", client_key=uuid.uuid4(), acting_user=referent)
    assert open_report(referent, report.pk).is_closed
    assert report.entries.count() == 1


def test_register_has_no_stock_page_and_no_history():
    for model in (SafeguardingReport, ReportEntry, ReportAccess):
        assert model not in admin.site._registry
        assert not hasattr(model, "pgh_event_model"), "a second table would keep the facts"


def test_public_page_takes_a_report_without_an_account(client, referent):
    page = client.get("/signaler/").content.decode()
    for number in ("119", "3919", "3018", "17 ou 112"):
        assert number in page
    data = {"kind": "online", "reported_as": "witness", "facts": FACTS, "identity": "anonyme"}
    missing = client.post("/signaler/", {**data, "facts": "", "client_key": uuid.uuid4()})
    assert "Dites ce qui s’est passé" in missing.content.decode()
    assert not SafeguardingReport.objects.exists()
    sent = {**data, "client_key": uuid.uuid4()}
    for _ in range(2):
        assert client.post("/signaler/", sent).status_code == 302
    assert SafeguardingReport.objects.get().facts == FACTS


def test_log_of_requests_does_not_say_who_reported(client, learner, caplog):
    client.force_login(learner)
    data = {"kind": "online", "reported_as": "victim", "facts": FACTS, "identity": "anonyme"}
    with caplog.at_level("INFO"):
        client.get("/mon-espace/")
        client.get("/signaler/")
        client.post("/signaler/", {**data, "client_key": uuid.uuid4()})
        client.get("/signaler/recu/")
    seen = [(record.route, record.user) for record in caplog.records if hasattr(record, "route")]
    assert seen[0] == ("mon-espace/", learner.pk)
    assert {user for _, user in seen[1:]} == {None}
    assert SafeguardingReport.objects.get().reporter is None


def test_report_with_a_robots_field_or_a_false_key_is_refused(client):
    data = {"kind": "online", "reported_as": "witness", "facts": FACTS, "identity": "anonyme"}
    for fields in ({"website": "http://x", "client_key": uuid.uuid4()}, {"client_key": "1'--"}, {}):
        assert client.post("/signaler/", {**data, **fields}).status_code == 200
    assert not SafeguardingReport.objects.exists()


def test_log_of_accesses_is_read_by_who_oversees_and_shows_no_fact(client, referent, staff):
    report = SafeguardingReportFactory()
    client.force_login(referent)
    assert FACTS.split(",")[0] in client.get(f"/gestion/signalements/{report.pk}/").content.decode()
    assert client.get("/gestion/signalements/acces/").status_code == 403
    client.force_login(staff(Role.ADMINISTRATOR))
    page = client.get("/gestion/signalements/acces/").content.decode()
    assert report.reference in page
    assert "blessants" not in page
    assert client.get(f"/gestion/signalements/{report.pk}/").status_code == 403
    assert UserFactory().has_perm("learners.view_safeguardingreport") is False

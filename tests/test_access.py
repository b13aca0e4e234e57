"""Who may open what: every address of the site, for each role and for strangers, against one table that people read.

`access_table.toml` says for each address who may open it; anybody else must be refused. An address that is missing from
the table, or a line that names none, fails.
"""

import tomllib
from datetime import timedelta
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cned_portal.users.enums import Role
from cned_portal.users.models import RoleGrant
from crc.domain.attachments import join_files
from crc.domain.tracking import tracking_token
from learners.domain.calendar import renew_feed
from learners.domain.files import provide_piece
from learners.domain.organisations.campaigns import refusal_token
from tests import demo_rows
from tests.demo_rows import LEARNER
from tests.site_pages import PAGES, named_addresses, stock_names
from tests.users.factories import UserFactory

TABLE = tomllib.loads((Path(__file__).parent / "access_table.toml").read_text())
GROUPS = TABLE["groups"]


def people(rule):
    """Those a rule names, its groups replaced by their members."""
    return [name for entry in rule for name in GROUPS.get(entry, [entry])]


ADDRESSES = {name: rule for section in ("public", "people", "desk") for name, rule in TABLE[section].items()}
STOCK = {
    label: {act: people(rule.get(act, [])) for act in ("view", "add", "change")}
    for label, rule in TABLE["stock"].items()
}
VISITOR, STRANGER, OWNER, EXPIRED = "visitor", "stranger", "owner", "expired auditor"
pytestmark = pytest.mark.django_db
WHO = [VISITOR, STRANGER, OWNER, EXPIRED, *Role.values]


def rule_of(name):
    return next((rule for pattern, rule in ADDRESSES.items() if fnmatchcase(name, pattern)), None)


def may_open(name, who):
    rule = rule_of(name)
    if rule == "everyone":
        return True
    if rule == "signed-in":
        return who != VISITOR
    if rule == "staff":
        return who in {*Role.values, EXPIRED}
    return who in people(rule)


@pytest.fixture(scope="module")
def clients(world):
    """One signed-in client for each kind of person."""
    people = {role: world.person(role) for role in Role.values}
    people[OWNER] = world.person(LEARNER)
    people[STRANGER] = UserFactory()
    people[EXPIRED] = UserFactory(role=Role.AUDITOR)
    RoleGrant.objects.filter(user=people[EXPIRED]).update(valid_until=timezone.now() - timedelta(minutes=1))
    clients = {who: Client() for who in WHO}
    for who, person in people.items():
        clients[who].force_login(person)
    return clients


def address(name, world):
    """An address with a row that belongs to the owner, or that the demonstration shows."""
    page = next((page for page in PAGES if page.view == name and page.status == 200), None)
    if page:
        return page.url(world)
    owner = world.person(LEARNER)
    mailed = world.first("crc.InboundMail", ticket__isnull=False)
    file = joined_file(world, pk=mailed.ticket_id)
    rows = {
        "catalogue_api:training": lambda: {"slug": world.first("catalogue.Training", state="published").slug},
        "catalogue_api:favourite": lambda: {"slug": world.first("catalogue.Training", state="published").slug},
        "learners_api:open_sessions": lambda: {"slug": world.first("catalogue.Training", state="published").slug},
        "learners_api:verification": lambda: {"code": world.first("learners.Document", state="done").code},
        "learners_api:enrolment": lambda: {"pk": world.first("learners.Enrolment", learner__user=owner).pk},
        "learners_api:enrolment_documents": lambda: {"pk": 1},
        "learners_api:document": lambda: {"pk": world.first("learners.Document", enrolment__learner__user=owner).pk},
        "learners_api:document_*": lambda: {
            "pk": world.first("learners.Document", enrolment__learner__user=owner, state="done").pk
        },
        "learners_api:device": lambda: {"pk": 1},
        "learners_api:address": lambda: {"nature": "postale"},
        "learners_api:consent": lambda: {"finalite": "news"},
        "learners_api:course": lambda: {"pk": demo_rows.own_devoir(world, 1)["pk"]},
        "learners_api:module": lambda: {"pk": 1, "module": 1},
        "learners_api:devoir": lambda: demo_rows.own_devoir(world, 1),
        "learners_api:hand_in": lambda: demo_rows.own_devoir(world, 1),
        "learners_api:subject_file": lambda: demo_rows.own_devoir(world, 1),
        "learners_api:copy_file": lambda: {
            "pk": world.first("learners.CopyFile", copy__enrolment__learner__user=owner).pk
        },
        "learners_api:correction_file": lambda: {
            "pk": world.first("learners.CorrectionFile", correction__copy__enrolment__learner__user=owner).pk
        },
        "learners_api:contact": lambda: {"pk": 1},
        "learners_api:organisations": lambda: None,
        "learners_api:organisation": lambda: demo_rows.of_organisation(world),
        "learners_api:organisation_member": lambda: demo_rows.of_organisation(world, "learners.OrganisationMember"),
        "learners_api:organisation_invit*": lambda: {
            **demo_rows.of_organisation(world),
            **({} if name.endswith("invitations") else {"pk": 1}),
        },
        "learners_api:organisation_quote": lambda: demo_rows.of_organisation(
            world, "learners.Quote", sent_at__isnull=False
        ),
        "learners_api:organisation_quote_*": lambda: demo_rows.of_organisation(
            world, "learners.Quote", document__state="done"
        ),
        "learners_api:organisation_group": lambda: demo_rows.of_organisation(world, "learners.GroupEnrolment"),
        "learners_api:organisation_group_model": lambda: demo_rows.of_organisation(world),
        "learners_api:organisation_group_*": lambda: demo_rows.of_organisation(world, "learners.GroupEnrolment"),
        "learners_api:organisation_paper_file": lambda: demo_rows.of_organisation(world, "learners.OrganisationFile"),
        "learners_api:organisation_*": lambda: demo_rows.of_organisation(world),
        "learners_api:seat*": lambda: None if name == "learners_api:seats" else demo_rows.seat(world),
        "learners_api:data_exports": lambda: None,
        "learners_api:data_export*": lambda: {"pk": world.first("learners.DataExport", user=owner).pk},
        "learners_api:draft": lambda: demo_rows.open_training(world),
        "learners_api:draft_send": lambda: demo_rows.open_training(world),
        "learners_api:draft_step": lambda: {**demo_rows.open_training(world), "etape": "vous"},
        "learners_api:file": lambda: demo_rows.own_file(world),
        "learners_api:file_*": lambda: {"pk": 1},
        "learners_api:piece": lambda: demo_rows.own_piece(world),
        "learners_api:piece_file": lambda: {"pk": sent_piece(world, owner).pk},
        "learners_api:payment": lambda: {"pk": demo_rows.own_payment(world).pk},
        "learners_api:payment_means": lambda: {"pk": 1},
        "learners_api:agreement": lambda: demo_rows.ward_file(world),
        "learners_api:agreement_answer": lambda: {"pk": 1},
        "learners_api:guardian*": lambda: None if name == "learners_api:guardians" else {"pk": 1},
        "learners_api:ward_consent": lambda: {"pk": 1, "finalite": "news"},
        "learners_api:reminder_answer": lambda: {"pk": 1},
        "exams_api:registration*": lambda: (
            None if name == "exams_api:registrations" else {"pk": demo_rows.own_bac(world, state="prevue")["pk"]}
        ),
        "exams:bac_*": lambda: demo_rows.own_bac(world, state="prevue"),
        "quality_api:survey_answers": lambda: {"pk": 1},
        "home:sitemap_section": lambda: {"section": "formations"},
        "catalogue:brochure_ask": lambda: {"slug": world.first("catalogue.Training", state="published").slug},
        "catalogue:brochure_file": lambda: {"pk": world.first("catalogue.Brochure", state="done").pk},
        "catalogue:entry_document": lambda: {"pk": world.first("catalogue.EntryDocument", entry__is_published=True).pk},
        "crc:tracking_file": lambda: {
            "token": tracking_token(mailed.ticket),
            "pk": file.pk,
        },
        "admin:crc_attachment": lambda: {
            "reference": mailed.ticket.reference,
            "pk": file.pk,
        },
        "admin:crc_mail_*": lambda: {"pk": mailed.pk},
        "admin:crc_person_export_*": lambda: {"pk": world.first("crc.PersonExport", state="done").pk},
        "crc:inbound": lambda: {"code": "adulte"},
        "crc:inbound_provider": lambda: {"code": "adulte", "provider": "postmark"},
        "crc_api:reply": lambda: {"reference": world.first("crc.Ticket", requester=owner).reference},
        "crc_api:ticket": lambda: {"reference": world.first("crc.Ticket", requester=owner).reference},
        "crc_api:file": lambda: {
            "reference": world.first("crc.Ticket", requester=owner).reference,
            "pk": joined_file(world, requester=owner).pk,
        },
        "admin:crc_delivery_resend": lambda: {"pk": world.first("crc.WebhookDelivery").pk},
        "crc:mine_file": lambda: {
            "reference": world.first("crc.Ticket", requester=owner).reference,
            "pk": joined_file(world, requester=owner).pk,
        },
        "admin:crc_complaints_table": lambda: {"extension": "csv"},
        "admin:crc_indicators_table": lambda: {"extension": "csv"},
        "admin:crc_filter_delete": lambda: {"pk": world.first("crc.SavedFilter", shared_with__isnull=False).pk},
        "admin:crc_ticket_*": lambda: {"reference": world.first("crc.Ticket").reference},
        "learners:device_remove": lambda: {"pk": 1},
        "learners:guardian_*": lambda: {"pk": world.first("learners.Guardianship").pk},
        "learners:ward_document": lambda: {"pk": _ward_document(world, owner)},
        "learners:ward_*": lambda: {"pk": world.first("learners.Guardianship", guardian=owner).pk},
        "learners:data_export_*": lambda: (
            None if name == "learners:data_export_ask" else {"pk": world.first("learners.DataExport", user=owner).pk}
        ),
        "learners:document_*": lambda: {
            "pk": world.first("learners.Document", enrolment__learner__user=owner, state="done").pk
        },
        "learners:enrol_save": lambda: {
            "slug": world.first("catalogue.Training", state="published").slug,
            "step": "vous",
        },
        "learners:enrol_drop": lambda: {"slug": world.first("catalogue.Training", state="published").slug},
        "learners:piece_file": lambda: {"pk": sent_piece(world, owner).pk},
        "admin:learners_piece": lambda: {"pk": world.first("learners.Piece", state="to_check").pk},
        "admin:catalogue_import_*": lambda: {"pk": world.first("catalogue.CatalogueImport").pk},
        "admin:catalogue_table": lambda: {"extension": "csv"},
        "admin:quality_improvement_act": lambda: {"pk": world.first("quality.Improvement").pk, "act": "decider"},
        "admin:quality_report_*": lambda: {"pk": world.first("quality.ReportRun", state="done").pk},
        "learners:campaign_refuse": lambda: {"token": refusal_token(world.first("learners.CampaignRecipient"))},
        "learners:organisation_member": lambda: demo_rows.of_organisation(world, "learners.OrganisationMember"),
        "learners:organisation_invitation": lambda: demo_rows.of_organisation(world, "learners.MemberInvitation"),
        "learners:organisation_quote_pdf": lambda: demo_rows.of_organisation(
            world, "learners.Quote", document__state="done"
        ),
        "learners:organisation_group_template": lambda: {**demo_rows.of_organisation(world), "extension": "csv"},
        "learners:organisation_group_*": lambda: demo_rows.of_organisation(world, "learners.GroupEnrolment"),
        "learners:organisation_follow_up_table": lambda: {**demo_rows.of_organisation(world), "extension": "csv"},
        "learners:organisation_paper": lambda: demo_rows.of_organisation(world, "learners.OrganisationFile"),
        "admin:learners_org_contact_end": lambda: {"pk": world.first("learners.OrganisationContact").pk},
        "admin:learners_org_invitation": lambda: {"pk": world.first("learners.MemberInvitation").pk},
        "admin:learners_org_paper": lambda: {"pk": world.first("learners.OrganisationFile").pk},
        "admin:learners_quote_new": lambda: {"pk": world.first("learners.Organisation").pk},
        "admin:learners_quote_pdf": lambda: {"pk": world.first("learners.Quote", document__state="done").pk},
        "learners:ask_document": lambda: {
            "pk": world.first("learners.Enrolment", learner__user=owner, state="active").pk,
            "kind": "attendance",
        },
        "learners:subject_file": lambda: demo_rows.own_devoir(world, 1),
        "learners:copy_file": lambda: {"pk": world.first("learners.CopyFile", copy__enrolment__learner__user=owner).pk},
        "learners:correction_file": lambda: {
            "pk": world.first("learners.CorrectionFile", correction__copy__enrolment__learner__user=owner).pk
        },
        "learners:reminder_answer": lambda: {"pk": world.first("learners.Contact").pk},
        "learners:calendar_feed": lambda: {"secret": renew_feed(owner, acting_user=owner).secret.hex},
        "admin:learners_marking_file": lambda: {"pk": world.first("learners.CopyFile").pk},
        "admin:learners_followup_settle": lambda: {"pk": world.first("learners.Contact").pk},
        "learners:ask_certificate": lambda: {
            "pk": world.first("learners.Enrolment", learner__user=owner, state="active").pk
        },
    }
    row = next((row for pattern, row in rows.items() if fnmatchcase(name, pattern)), None)
    return reverse(name, kwargs=row() if row else None)


def _ward_document(world, owner):
    """A document of a minor whom the owner follows."""
    from tests.learners.factories import DocumentFactory

    ward = world.first("learners.Guardianship", guardian=owner).learner
    return DocumentFactory(enrolment=ward.enrolments.first(), issued=True).pk


def sent_piece(world, owner):
    """A piece that the learner shown has sent."""
    piece = world.first("learners.Piece", file__enrolment__learner__user=owner)
    return provide_piece(piece, name="piece.pdf", content=b"%PDF-1.7 fictif", acting_user=owner)


def joined_file(world, **filters):
    """A file of an incoming message of a ticket."""
    ticket = world.first("crc.Ticket", **filters)
    message = ticket.messages.filter(direction="in").first()
    return message.attachments.first() or join_files(message, [("piece.pdf", b"%PDF-1.7 fictif")])[0]


def outcome(client, url):
    """« open », « sign in » or « refused »; POST-only addresses answer 405 to whoever may use them."""
    answer = client.get(url)
    if answer.status_code == 401:
        return "sign in"
    if answer.status_code in {403, 404}:
        return "refused"
    if answer.status_code == 302 and answer["Location"].partition("?")[0] in {
        reverse("account_login"),
        reverse("admin:login"),
    }:
        return "refused" if "_auth_user_id" in client.session else "sign in"
    assert answer.status_code in {200, 301, 302, 405}, f"{url} answered {answer.status_code}"
    if answer.streaming:
        list(answer.streaming_content)  # read to its end, the file is closed
    return "open"


NAMES = sorted(named_addresses() - stock_names() - {"None"})
WALKED = [name for name in NAMES if rule_of(name) not in (None, "library")]


def test_table_and_site_name_the_same_addresses():
    unknown = [name for name in NAMES if rule_of(name) is None and not name.startswith(("gestion/", "compte/"))]
    assert not unknown, "add these to access_table.toml"
    useless = [pattern for pattern in ADDRESSES if not any(fnmatchcase(name, pattern) for name in NAMES)]
    assert not useless, "no address has these names"
    assert set(STOCK) == {model._meta.label for model in admin.site._registry}


def expected(opens, who):
    return "open" if opens else "sign in" if who == VISITOR else "refused"


@pytest.mark.parametrize("name", WALKED)
def test_address_opens_for_those_the_table_names_and_for_nobody_else(name, world, clients):
    url = address(name, world)
    seen = {who: outcome(clients[who], url) for who in WHO}
    assert seen == {who: expected(may_open(name, who), who) for who in WHO}


@pytest.mark.parametrize("model", list(admin.site._registry), ids=lambda model: model._meta.label)
def test_stock_pages_open_for_those_the_table_names(model, world, clients):
    rule = STOCK[model._meta.label]
    prefix = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    assert {who: outcome(clients[who], reverse(f"{prefix}_changelist")) for who in WHO} == {
        who: expected(who in rule["view"], who) for who in WHO
    }
    assert {who for who in WHO if outcome(clients[who], reverse(f"{prefix}_add")) == "open"} == set(rule["add"])
    row = model._default_manager.order_by("pk").first()
    if row is not None:
        url = reverse(f"{prefix}_change", args=[row.pk])
        readers = {who for who in WHO if outcome(clients[who], url) == "open"}
        assert readers <= set(rule["view"])
        editors = {who for who in readers if 'name="_save"' in clients[who].get(url).content.decode()}
        assert editors <= set(rule["change"])


def test_auditor_changes_nothing(world, clients):
    """Read-only: no address of the desk takes a POST from an auditor."""
    desk = [name for name in WALKED if name in TABLE["desk"] and name not in TABLE["auditor"]["posts"]]
    taken = [
        name
        for name in desk
        if clients[Role.AUDITOR].post(address(name, world), {"body": "x"}).status_code not in {403, 404, 405}
    ]
    assert not taken

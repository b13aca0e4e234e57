"""The pages of the site, who opens them and with which data: read by the tests of accessibility and of HTML.

A new page is one line in `PAGES`; an address that shows no page is one line in `NOT_PAGES`, with its reason. A test
fails when an address is in neither. The stock pages of the admin list themselves. Data is that of the demonstration.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import SimpleNamespace

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib import admin
from django.urls import get_resolver, reverse

from cned_portal.users.enums import Role
from cned_portal.users.models import User
from tests import demo_rows
from tests.demo_rows import LEARNER

SHOWN_LEARNER = "camille.exemple@exemple.example"  # the account that the demonstration shows
VISITOR, SUPERUSER = "visiteur", "superutilisateur"
MINOR = "apprenant mineur"


class World:
    """The demonstration data, and the people who visit."""

    def __init__(self):
        """Made once for a module, before its tests: what a test writes is rolled back."""
        self._people = {visitor: self._find(visitor) for visitor in VISITORS}

    def first(self, model, **filters):
        """First row of the model (`crc.Ticket`) that meets the filters; the demonstration must have one."""
        row = apps.get_model(model)._default_manager.filter(**filters).order_by("pk").first()
        assert row is not None, f"the demonstration data has no {model} with {filters}"
        return row

    def person(self, visitor):
        """The account of a visitor, None for someone who is not signed in."""
        return self._people[visitor]

    def _find(self, visitor):
        from tests.users.factories import UserFactory

        if visitor == VISITOR:
            return None
        if visitor == SUPERUSER:
            return UserFactory(email="tout@exemple.example", is_staff=True, is_superuser=True)
        if visitor == MINOR:
            return User.objects.get(email="noa.exemple@exemple.example")
        if visitor == LEARNER:
            known = User.objects.filter(is_staff=False).order_by("pk")
            learner = known.filter(email=SHOWN_LEARNER).first() or known.first() or UserFactory()
            EmailAddress.objects.get_or_create(user=learner, email=learner.email, verified=True, primary=True)
            return learner
        return User.objects.with_role(visitor).order_by("pk").first() or UserFactory(role=visitor)


@dataclass(frozen=True)
class Page:
    """`kwargs(world)` gives the arguments of the address; `sent_empty` also looks at the form with its errors."""

    view: str
    visitor: str = VISITOR
    kwargs: Callable[[World], dict] | None = None
    query: str = ""
    status: int = 200
    sent_empty: bool = False
    unfinished: str = ""  # why the page is expected to fail for now

    def __str__(self):
        return f"{self.view}{'?' + self.query if self.query else ''} ({self.visitor})"

    def url(self, world):
        if self.view.startswith("/"):
            return self.view
        url = reverse(self.view, kwargs=self.kwargs(world) if self.kwargs else None)
        return f"{url}?{self.query}" if self.query else url


PAGES = [
    Page("home:home"),
    Page("home:home", LEARNER),
    Page("home:accessibility"),
    Page("home:legal"),
    Page("home:privacy"),
    Page("home:sitemap"),
    Page("account_login", sent_empty=True),
    Page("account_signup", sent_empty=True),
    Page("account_reset_password", sent_empty=True),
    Page("account_reset_password_done"),
    Page("account_email_verification_sent"),
    Page("account_inactive"),
    Page("account_logout", LEARNER),
    Page("account_email", LEARNER),
    Page("account_change_password", LEARNER, sent_empty=True),
    Page("account_reauthenticate", LEARNER),
    Page("mfa_index", LEARNER),
    Page("mfa_activate_totp", LEARNER, sent_empty=True),
    Page("mfa_add_webauthn", LEARNER),
    Page("mfa_list_webauthn", LEARNER),
    Page("usersessions_list", LEARNER),
    Page("socialaccount_connections", LEARNER),
    Page("socialaccount_login_cancelled"),
    Page("catalogue:search"),
    Page("catalogue:search", query="q=informatique&niveau=5&tri=titre"),
    Page("catalogue:search", query="q=xylophone"),
    Page("catalogue:training", kwargs=demo_rows.training),
    Page("catalogue:training", kwargs=lambda world: {"slug": world.first("catalogue.Training", state="closing").slug}),
    Page("catalogue:training", kwargs=demo_rows.central_project),
    *(
        Page("catalogue:entry", kwargs=lambda world, slug=slug: {"slug": slug})
        for slug in ("eleves-et-etudiants", "adultes", "entreprises", "administrations", "etablissements")
    ),
    *(
        Page("catalogue:other_entry", kwargs=lambda world, slug=slug: {"slug": slug})
        for slug in (
            *("etablissements-en-france", "etablissements-a-l-etranger", "associations-et-autres-etablissements"),
            *("tiers-lieux", "professionnels-de-la-formation"),
        )
    ),
    Page("catalogue:compare"),
    Page("catalogue:compare", query="f=cap-cuisine&f=cap-patissier&f=bts-comptabilite-et-gestion"),
    Page("catalogue:favourites"),
    Page("catalogue:favourites", LEARNER),
    Page("catalogue:brochure", kwargs=demo_rows.brochure),
    Page("catalogue:jobs"),
    Page("catalogue:job", kwargs=lambda world: {"code": "k1303"}),
    Page("catalogue:news"),
    Page("catalogue:news_item", kwargs=demo_rows.news),
    *(
        Page("admin:catalogue_publication", Role.CATALOGUE_MANAGER, kwargs=kwargs)
        for kwargs in (demo_rows.edited_training, demo_rows.edited_entry)
    ),
    *(
        Page("admin:catalogue_preview", Role.CATALOGUE_MANAGER, kwargs=kwargs)
        for kwargs in (demo_rows.edited_training, demo_rows.edited_entry)
    ),
    Page(
        "admin:catalogue_version",
        Role.CATALOGUE_MANAGER,
        kwargs=lambda world: {**demo_rows.edited_training(world), "number": 1},
    ),
    Page(
        "admin:catalogue_close",
        Role.CATALOGUE_MANAGER,
        kwargs=lambda world: {"pk": demo_rows.edited_training(world)["pk"]},
    ),
    *(
        Page("crc:request", kwargs=lambda world, kind=kind: {"kind": kind}, sent_empty=True)
        for kind in ("rappel", "devis", "commande", "convention")
    ),
    Page("crc:ask"),
    Page("crc:ask", LEARNER),
    *(
        Page("crc:door", kwargs=lambda world, door=door: {"door": door}, sent_empty=True)
        for door in ("apprenant", "entreprise", "acheteur-public", "etablissement")
    ),
    Page("crc:door", LEARNER, kwargs=lambda world: {"door": "apprenant"}),
    Page("crc:help"),
    Page("crc:help", query="q=mot+de+passe&public=adulte"),
    Page("crc:help", query="q=xylophone"),
    Page("crc:help", query="sujet=inscription"),
    Page("crc:help_article", kwargs=demo_rows.help_article),
    Page("crc:help_article", kwargs=lambda world: demo_rows.help_article(world, state="archived"), status=410),
    Page("crc:received", kwargs=demo_rows.tracked),
    Page("crc:tracking", kwargs=demo_rows.tracked, sent_empty=True),
    Page("crc:tracking", kwargs=lambda world: {"token": "faux"}, status=404),
    Page("crc:mine", LEARNER),
    Page("crc:mine_ticket", LEARNER, kwargs=demo_rows.own_ticket, sent_empty=True),
    Page("admin:crc_queue", Role.CRC_AGENT),
    Page("admin:crc_queue", Role.CRC_SUPERVISOR, query="etat=tous"),
    Page("admin:crc_help_measure", Role.CRC_SUPERVISOR),
    Page("admin:crc_filters", Role.CRC_AGENT),
    Page(
        "admin:crc_filter",
        Role.CRC_SUPERVISOR,
        kwargs=lambda world: {"pk": world.first("crc.SavedFilter", shared_with__isnull=False).pk},
        sent_empty=True,
    ),
    Page("admin:crc_deliveries", Role.CRC_SUPERVISOR),
    Page("admin:crc_deliveries", Role.ADMINISTRATOR, query="vue=toutes"),
    Page("admin:crc_ticket", SUPERUSER, kwargs=lambda world: {"reference": world.first("crc.Ticket").reference}),
    Page("admin:crc_board", Role.CRC_SUPERVISOR),
    Page("admin:crc_board", Role.CRC_AGENT, query="pause"),
    Page("admin:crc_indicators", Role.CRC_SUPERVISOR),
    Page("admin:crc_indicators", Role.AUDITOR, query="du=2026-02-30&au=hier&service=inconnu&public=tous"),
    Page("admin:crc_calls", Role.CRC_SUPERVISOR, sent_empty=True),
    Page("admin:crc_calls", Role.AUDITOR),
    Page("admin:crc_queue", Role.CRC_SUPERVISOR, query="etat=toutes&suivies=1&etiquette=urgent"),
    Page("admin:crc_ticket", SUPERUSER, kwargs=lambda world: {"reference": world.first("crc.Ticket").reference}),
    Page(
        "admin:crc_ticket",
        SUPERUSER,
        kwargs=lambda world: {"reference": world.first("crc.Ticket", merged_tickets__isnull=False).reference},
        query="modele=dossier",
    ),
    Page(
        "admin:crc_ticket",
        SUPERUSER,
        kwargs=lambda world: {"reference": world.first("crc.Ticket", merged_into__isnull=False).reference},
    ),
    Page(
        "admin:crc_ticket",
        SUPERUSER,
        kwargs=lambda world: {"reference": world.first("crc.Ticket", splits__isnull=False).reference},
    ),
    Page("learners:space", LEARNER),
    Page("learners:enrolment", LEARNER, kwargs=demo_rows.own_enrolment),
    Page("learners:document", LEARNER, kwargs=demo_rows.own_document),
    Page("learners:application", LEARNER),
    Page("learners:notifications", LEARNER),
    Page("learners:offline", VISITOR),
    Page("learners:courses", LEARNER),
    Page("learners:module", LEARNER, kwargs=demo_rows.own_module),
    Page("learners:homework", LEARNER),
    *(
        Page("learners:devoir", LEARNER, kwargs=lambda world, rank=rank: demo_rows.own_devoir(world, rank))
        for rank in (1, 2)
    ),
    Page("learners:devoir", LEARNER, kwargs=lambda world: demo_rows.own_devoir(world, 3), sent_empty=True),
    Page("learners:calendar", LEARNER),
    Page("learners:report", sent_empty=True),
    Page("learners:report", LEARNER),
    Page("learners:report_received"),
    Page("admin:learners_marking", Role.TUTOR),
    Page("admin:learners_mark", Role.TUTOR, kwargs=demo_rows.taken_copy, sent_empty=True),
    Page("admin:learners_followup", Role.TUTOR),
    Page("admin:learners_followup", Role.CRC_SUPERVISOR, query="regle=silence"),
    Page("admin:learners_followup_enrolment", Role.TUTOR, kwargs=demo_rows.own_enrolment, sent_empty=True),
    Page("admin:learners_tutor", Role.CRC_SUPERVISOR, kwargs=demo_rows.own_enrolment, sent_empty=True),
    Page("admin:learners_attestations", Role.TUTOR, sent_empty=True),
    Page("admin:learners_attestations", Role.AUDITOR),
    Page("admin:learners_reports", Role.SAFEGUARDING),
    Page(
        "admin:learners_report",
        Role.SAFEGUARDING,
        kwargs=lambda world: {"pk": world.first("learners.SafeguardingReport").pk},
        sent_empty=True,
    ),
    Page("admin:learners_report_accesses", Role.ADMINISTRATOR),
    Page("learners:guardian_accept", LEARNER, kwargs=lambda world: {"token": "un-lien"}),
    Page("learners:profile", LEARNER, sent_empty=True),
    Page("learners:profile", MINOR),
    Page("learners:profile", Role.CRC_AGENT),
    Page("learners:address", LEARNER, kwargs=lambda world: {"kind": "livraison"}, sent_empty=True),
    Page("learners:guardians", LEARNER),
    Page("learners:guardians", MINOR, sent_empty=True),
    Page("learners:wards", LEARNER),
    Page("learners:wards", MINOR),
    Page(
        "learners:ward",
        LEARNER,
        kwargs=lambda world: {"pk": demo_rows.own_row(world, "learners.Guardianship", "guardian")},
    ),
    Page("learners:data", LEARNER),
    Page(
        "learners:data_export",
        LEARNER,
        kwargs=lambda world: {"pk": demo_rows.own_row(world, "learners.DataExport", "user")},
    ),
    Page("learners:data_ask", LEARNER, sent_empty=True),
    Page("learners:data_close", LEARNER),
    Page("learners:data_close", MINOR),
    Page("admin:learners_accesses", Role.ADMINISTRATOR),
    Page("admin:learners_duplicates", Role.CRC_SUPERVISOR),
    Page(
        "admin:learners_duplicate",
        Role.CRC_SUPERVISOR,
        kwargs=lambda world: {"pk": world.first("learners.DuplicateCandidate", state="open").pk},
        sent_empty=True,
    ),
    Page("admin:learners_rights", Role.ADMINISTRATOR),
    Page(
        "admin:learners_right",
        Role.ADMINISTRATOR,
        kwargs=lambda world: {"pk": world.first("learners.RightRequest").pk},
    ),
    Page(
        "admin:learners_end_guardianship",
        SUPERUSER,
        kwargs=lambda world: {"pk": world.first("learners.Guardianship", ended_at=None).pk},
        sent_empty=True,
    ),
    Page("learners:enrol", LEARNER, kwargs=demo_rows.open_training, sent_empty=True),
    Page(
        "learners:file_complete",
        LEARNER,
        kwargs=lambda world: demo_rows.own_file(world, part="positionnement"),
        sent_empty=True,
    ),
    Page(
        "learners:file_complete",
        LEARNER,
        kwargs=lambda world: demo_rows.own_file(world, part="acquis"),
        sent_empty=True,
    ),
    Page("learners:file_guardian", LEARNER, kwargs=demo_rows.ward_file, sent_empty=True),
    Page("learners:agreement", LEARNER, kwargs=demo_rows.ward_file),
    Page("learners:file_quote", LEARNER, kwargs=demo_rows.contract_file),
    Page("learners:file_withdraw", LEARNER, kwargs=demo_rows.contract_file),
    Page("learners:enrolment", LEARNER, kwargs=lambda world: {"pk": demo_rows.own_piece_enrolment(world)}),
    Page("learners:piece", LEARNER, kwargs=demo_rows.own_piece, sent_empty=True),
    Page("learners:payment", LEARNER, kwargs=lambda world: {"pk": demo_rows.own_payment(world).pk}),
    Page(
        "learners:payment_sandbox", LEARNER, kwargs=lambda world: {"reference": demo_rows.own_payment(world).reference}
    ),
    Page("admin:learners_files", Role.CRC_SUPERVISOR),
    Page(
        "admin:learners_file",
        Role.CRC_SUPERVISOR,
        kwargs=lambda world: {"pk": world.first("learners.Piece", state="to_check").file_id},
    ),
    Page("learners:organisations", SUPERUSER),
    *(
        Page(f"learners:{name}", LEARNER, kwargs=demo_rows.of_organisation, sent_empty=sent_empty)
        for name, sent_empty in (
            *(("organisation", False), ("organisation_members", True), ("organisation_quotes", True)),
            *(("organisation_groups", True), ("organisation_follow_up", False), ("organisation_papers", True)),
        )
    ),
    *(
        Page(
            "learners:organisation_quote",
            LEARNER,
            kwargs=lambda world, state=state: demo_rows.of_organisation(world, "learners.Quote", state=state),
        )
        for state in ("requested", "sent", "accepted")
    ),
    *(
        Page(
            "learners:organisation_group",
            LEARNER,
            kwargs=lambda world, step=step: demo_rows.of_organisation(
                world, "learners.GroupEnrolment", step=step, state="done"
            ),
        )
        for step in ("check", "write")
    ),
    Page("learners:voucher", LEARNER, sent_empty=True),
    Page("learners:seat", LEARNER, kwargs=demo_rows.seat),
    Page("learners:member_accept", LEARNER, kwargs=lambda world: {"token": "un-lien"}),
    Page("learners:campaign_refuse", kwargs=demo_rows.refusing),
    Page("admin:learners_orgs", Role.ESTABLISHMENT_DESK),
    Page("admin:learners_orgs", Role.ESTABLISHMENT_DESK, query="q=lycee&nature=french_school&vue=points"),
    Page("admin:learners_org", Role.ESTABLISHMENT_DESK, kwargs=demo_rows.desk_organisation),
    *(
        Page(
            "admin:learners_org_add",
            Role.ESTABLISHMENT_DESK,
            kwargs=lambda world, what=what: demo_rows.desk_organisation(world, what=what),
            sent_empty=True,
        )
        for what in ("contact-cned", "contact", "point", "document", "convention", "membre")
    ),
    Page(
        "admin:learners_org_point",
        Role.ESTABLISHMENT_DESK,
        kwargs=lambda world: {"pk": world.first("learners.OpenPoint").pk},
        sent_empty=True,
    ),
    Page("admin:learners_quotes", Role.ESTABLISHMENT_DESK),
    *(
        Page(
            "admin:learners_quote",
            Role.ESTABLISHMENT_DESK,
            kwargs=lambda world, state=state: {"pk": world.first("learners.Quote", state=state).pk},
            query=query,
        )
        for state, query in (("requested", "q=a"), ("sent", ""), ("accepted", ""))
    ),
    *(
        Page(
            f"admin:learners_quote_{act}",
            Role.ESTABLISHMENT_DESK,
            kwargs=lambda world: {"pk": world.first("learners.Quote", state="sent").pk},
            sent_empty=True,
        )
        for act in ("order", "cancel")
    ),
    Page("admin:learners_campaigns", Role.ESTABLISHMENT_DESK),
    Page("admin:learners_campaign_new", Role.ESTABLISHMENT_DESK, sent_empty=True),
    *(
        Page(
            view,
            Role.ESTABLISHMENT_DESK,
            kwargs=lambda world: {"pk": world.first("learners.Campaign", state="draft").pk},
        )
        for view in ("admin:learners_campaign", "admin:learners_campaign_edit")
    ),
    Page("learners:verify", sent_empty=True),
    Page("learners:verify", kwargs=demo_rows.code),
    Page("learners:verify", kwargs=lambda world: {"code": "0000-0000-0000-0000"}, status=404),
    Page(
        "admin:learners_abandon",
        SUPERUSER,
        kwargs=lambda world: {"pk": world.first("learners.Enrolment", state="active").pk},
        sent_empty=True,
    ),
    Page(
        "admin:learners_revoke",
        SUPERUSER,
        kwargs=lambda world: {"pk": world.first("learners.Document", state="done").pk},
        sent_empty=True,
    ),
    Page("exams:bac", LEARNER),
    Page("exams:bac", Role.CRC_AGENT),
    Page("exams:bac_declare", LEARNER, sent_empty=True),
    Page("exams:bac_change", LEARNER, kwargs=lambda world: demo_rows.own_bac(world, state="prevue"), sent_empty=True),
    Page(
        "exams:bac_result", LEARNER, kwargs=lambda world: demo_rows.own_bac(world, state="confirmee"), sent_empty=True
    ),
    Page("admin:exams_candidates", Role.EXAM_ANALYST),
    Page("admin:exams_candidates", Role.EXAM_ANALYST, query="etat=confirmee&session=2026"),
    *(
        Page(
            "admin:exams_candidate",
            Role.EXAM_ANALYST,
            kwargs=lambda world, state=state: {"pk": world.first("exams.BacRegistration", state=state).pk},
        )
        for state in ("faite", "confirmee")
    ),
    Page("admin:exams_import", Role.EXAM_ANALYST, sent_empty=True),
    Page("exams:results"),
    Page("exams:results", query="session=toutes&voie=magique"),
    Page("quality:survey", kwargs=lambda world: demo_rows.survey(world, answered_at=None), sent_empty=True),
    Page("quality:survey", kwargs=lambda world: demo_rows.survey(world, answered_at__isnull=False)),
    Page("quality:survey", kwargs=lambda world: {"token": "faux"}, status=404),
    Page("quality:refuse", kwargs=lambda world: demo_rows.survey(world)),
    Page("crc:complain", kwargs=demo_rows.tracked, sent_empty=True),
    Page("crc:mine_complain", LEARNER, kwargs=demo_rows.own_ticket, sent_empty=True),
    Page("admin:crc_new_ticket", Role.CRC_AGENT, sent_empty=True),
    Page("admin:crc_rule_trial", Role.CRC_SUPERVISOR, kwargs=lambda world: {"pk": world.first("crc.RoutingRule").pk}),
    Page("admin:crc_complaints", Role.CRC_SUPERVISOR),
    Page("admin:crc_complaints", Role.AUDITOR, query="vue=a-relire"),
    Page("admin:crc_ticket", Role.CRC_SUPERVISOR, kwargs=demo_rows.complained),
    Page("admin:crc_mails", Role.CRC_SUPERVISOR),
    Page("admin:crc_mails", Role.CRC_SUPERVISOR, query="vue=ecartes"),
    Page("admin:crc_mail", Role.CRC_SUPERVISOR, kwargs=lambda world: demo_rows.mail(world, step="parked")),
    Page("admin:crc_mail", Role.CRC_SUPERVISOR, kwargs=lambda world: demo_rows.mail(world, kind="bulk")),
    Page("admin:crc_ticket", Role.CRC_SUPERVISOR, kwargs=demo_rows.mailed_ticket),
    Page("admin:crc_person", Role.ADMINISTRATOR, sent_empty=True),
    Page("admin:crc_person_export", Role.ADMINISTRATOR, kwargs=demo_rows.person_export),
    Page("admin:crc_access_log", Role.ADMINISTRATOR),
    Page("admin:crc_access_log", Role.CRC_AGENT, query="reference=2026-AAAAAAAA"),
    Page("admin:quality_referential", Role.QUALITY_MANAGER),
    Page("admin:quality_referential", Role.AUDITOR, query="date=2026-10-31&categories=CFA"),
    Page("admin:quality_referential", Role.AUDITOR, query="date=hier"),
    Page("admin:quality_indicator", Role.QUALITY_MANAGER, kwargs=lambda world: {"number": 12}),
    Page("admin:quality_satisfaction", Role.QUALITY_MANAGER),
    Page("admin:quality_reports", Role.QUALITY_MANAGER),
    Page("admin:quality_report", Role.QUALITY_MANAGER, kwargs=lambda world: {"pk": demo_rows.report(world).pk}),
    Page("admin:quality_indicator", Role.AUDITOR, kwargs=lambda world: {"number": 32}),
    Page("admin:quality_improvements", Role.QUALITY_MANAGER),
    Page("admin:quality_improvements", Role.UNIT_LEAD, query="etat=en-retard"),
    Page("admin:quality_causes", Role.QUALITY_MANAGER),
    Page("admin:quality_causes", Role.AUDITOR),
    Page("admin:quality_new_improvement", Role.QUALITY_MANAGER, sent_empty=True),
    Page("admin:quality_improvement", Role.UNIT_LEAD, kwargs=lambda world: demo_rows.improvement(world, "ongoing")),
    Page(
        "admin:quality_improvement",
        Role.QUALITY_MANAGER,
        kwargs=lambda world: demo_rows.improvement(world, "to_decide"),
    ),
    Page("admin:quality_improvement", Role.QUALITY_MANAGER, kwargs=lambda world: demo_rows.improvement(world, "done")),
    Page("admin:quality_improvement", Role.AUDITOR, kwargs=lambda world: demo_rows.improvement(world, "effective")),
    Page("admin:catalogue_imports", Role.CATALOGUE_MANAGER, sent_empty=True),
    Page("admin:catalogue_import", Role.CATALOGUE_MANAGER, kwargs=demo_rows.catalogue_import),
    Page("admin:catalogue_import", Role.AUDITOR, kwargs=demo_rows.catalogue_import, query="effet=refused"),
    Page("/nulle-part/", status=404),
    Page("admin:login", LEARNER, status=403),
    Page("admin:index", SUPERUSER),
    *(Page("admin:index", role) for role in Role),
]

VISITORS = sorted({page.visitor for page in PAGES} | {SUPERUSER})

# Addresses that show no page of their own: name, or route where there is no name (a star for any ending), and why.
NOT_PAGES = {
    "home:robots": "plain text",
    "metrics": "text for Prometheus: tests/common/test_metrics.py",
    "home:favicon": "redirects to the icon",
    "catalogue_api:*": "JSON: tests/catalogue/api and tests/api",
    "learners_api:*": "JSON and files: tests/api",
    "exams_api:*": "JSON: tests/api",
    "quality_api:*": "JSON: tests/api",
    "headless:*": "JSON: tests/users/api",
    "api_schema": "JSON: tests/api",
    "crc_api:*": "JSON and files: tests/crc/api",
    "admin:crc_delivery_resend": "POST only, redirects to the announcements",
    "catalogue:edof": "CSV: tests/catalogue/test_exports.py",
    "catalogue:lheo": "XML: tests/catalogue/test_exports.py",
    "home:sitemap_index": "XML: tests/home/test_sitemaps.py",
    "home:sitemap_section": "XML: tests/home/test_sitemaps.py",
    "crc:former_ask": "redirects to the doors: tests/crc/views/test_doors.py",
    "crc:help_suggestions": "fragment: tests/crc/views/test_help.py",
    "catalogue:suggestions": "fragment: tests/catalogue/test_suggestions.py and tests/browser/test_catalogue.py",
    "catalogue:brochure_ask": "POST only, redirects to the document",
    "catalogue:brochure_file": "PDF",
    "catalogue:entry_document": "file",
    "catalogue:*_rss": "feed",
    "catalogue:*_atom": "feed",
    "exams:results_csv": "spreadsheet",
    "exams:bac_made": "POST only, redirects to the page of the baccalauréat",
    "exams:bac_withdraw": "POST only, redirects to the page of the baccalauréat",
    "learners:ask_document": "POST only, redirects to the document",
    "learners:reminder_answer": "POST only, redirects to the courses",
    "learners:subject_file": "file",
    "learners:copy_file": "file",
    "learners:correction_file": "file",
    "learners:calendar_feed": "feed: tests/learners/views/test_courses.py",
    "admin:learners_marking_file": "file",
    "admin:learners_followup_settle": "POST only, redirects to the follow-up",
    "learners:ask_certificate": "POST only, redirects to the document",
    "learners:enrol_save": "POST only, keeps what is typed",
    "learners:enrol_drop": "POST only, redirects to the training",
    "learners:piece_file": "a file",
    "admin:learners_piece": "a file",
    "learners:organisation_member": "POST only, redirects to the members",
    "learners:organisation_invitation": "POST only, redirects to the members",
    "learners:organisation_quote_pdf": "PDF",
    "learners:organisation_group_template": "spreadsheet",
    "learners:organisation_group_accept": "POST only, redirects to the list",
    "learners:organisation_group_retry": "POST only, redirects to the list",
    "learners:organisation_group_refusals": "spreadsheet: tests/learners/organisations/test_groups.py",
    "learners:organisation_follow_up_table": "spreadsheet: tests/learners/organisations/test_follow_up.py",
    "learners:organisation_paper": "file",
    "admin:learners_org_contact_end": "POST only, redirects to the organisation",
    "admin:learners_org_invitation": "POST only, redirects to the organisation",
    "admin:learners_org_paper": "file",
    "admin:learners_quote_new": "POST only, redirects to the quote",
    "admin:learners_quote_pdf": "PDF",
    "learners:document_retry": "POST only, redirects to the document",
    "learners:document_download": "PDF",
    "learners:consent": "POST only, redirects to the profile",
    "learners:guardian_resend": "POST only, redirects to the guardians",
    "learners:guardian_end": "POST only, redirects to the guardians",
    "learners:ward_consent": "POST only, redirects to the minor",
    "learners:ward_end": "POST only, redirects to the minors",
    "learners:ward_document": "PDF: tests/learners/views/test_family.py",
    "learners:data_export_*": "POST only, or a file: tests/learners/views/test_data.py",
    "admin:catalogue_table": "spreadsheet: tests/catalogue/test_imports.py",
    "admin:catalogue_import_refusals": "spreadsheet: tests/catalogue/test_imports.py",
    "admin:catalogue_import_accept": "POST only, redirects to the import",
    "admin:catalogue_import_retry": "POST only, redirects to the import",
    "admin:quality_satisfaction_csv": "spreadsheet",
    "admin:quality_report_download": "PDF",
    "admin:quality_improvement_act": "POST only, redirects to the action, whose page shows the refusals",
    "admin:quality_report_retry": "POST only, redirects to the report",
    "admin:crc_complaints_table": "spreadsheet: tests/crc/domain/test_complaints.py",
    "crc:inbound": "POST only, for a mail provider: tests/crc/mail/test_webhook.py",
    "crc:inbound_provider": "POST only, for a mail provider: tests/crc/mail/test_providers.py",
    "crc:tracking_file": "file",
    "crc:mine_file": "file",
    "learners:manifest": "JSON: tests/learners/views/test_app.py",
    "learners:service_worker": "script: tests/learners/views/test_app.py",
    "learners:token": "JSON: tests/learners/views/test_app.py",
    "learners:device_*": "POST only, redirects to « Application » or answers in JSON",
    "admin:crc_attachment": "file",
    "admin:crc_mail_html": "a mail's own layout, under a policy that runs nothing: tests/crc/mail/test_desk.py",
    "admin:crc_mail_raw": "file",
    "admin:crc_person_export_file": "file: tests/crc/privacy/test_persons.py",
    "admin:crc_person_export_retry": "POST only, redirects to the export",
    "admin:crc_mail_settle": "POST only, redirects to the mails",
    "admin:crc_indicators_table": "spreadsheet: tests/crc/admin/test_figures.py",
    "admin:crc_bulk": "POST only, redirects to the queue or shows it again: tests/crc/admin/test_collaboration.py",
    "admin:crc_filter_delete": "POST only, redirects to the filters",
    "admin:crc_ticket_*": "POST only, redirects to the ticket or shows it again",
    "admin:logout": "POST only, redirects",
    "admin:password_change": "redirects to the accounts' page",
    "admin:password_change_done": "reached by no link: the accounts' page does this",
    "admin:autocomplete": "JSON",
    "admin:jsi18n": "script",
    "admin:view_on_site": "redirects",
    "gestion/(?P<url>.*)$": "adds a missing slash, or 404",
    "account_confirm_email": "needs a key sent by mail: tests/users",
    "account_confirm_login_code": "sign-in by code is off",
    "account_reset_password_from_key": "needs a key sent by mail: tests/users",
    "account_reset_password_from_key_done": "redirects to the sign-in page",
    "account_set_password": "redirects those who have a password",
    "mfa_authenticate": "needs a sign-in halfway: tests/users",
    "mfa_deactivate_totp": "needs a second factor: tests/users",
    "mfa_download_recovery_codes": "text file",
    "mfa_edit_webauthn": "needs a key: tests/users",
    "mfa_generate_recovery_codes": "needs a second factor: tests/users",
    "mfa_login_webauthn": "JSON",
    "mfa_reauthenticate": "needs a second factor: tests/users",
    "mfa_reauthenticate_webauthn": "needs a key: tests/users",
    "mfa_remove_webauthn": "needs a key: tests/users",
    "mfa_view_recovery_codes": "needs a second factor: tests/users",
    "openid_connect_callback": "redirects",
    "openid_connect_login": "redirects to the provider",
    "socialaccount_login_error": "reached by a redirect of a provider: tests/users",
    "socialaccount_signup": "needs an identity from a provider: tests/users",
    "compte/social/login/cancelled/": "redirects to the page of that name",
    "compte/social/login/error/": "redirects to the page of that name",
    "compte/social/signup/": "redirects to the page of that name",
    "compte/social/connections/": "redirects to the page of that name",
    "admin:app_list": "covered for each application by `stock_pages`",
}


def parameters(strict):
    """`PAGES` for `parametrize`; where `strict`, a page said unfinished must fail: the word does not stay behind."""
    return [
        pytest.param(page, id=str(page), marks=pytest.mark.xfail(reason=page.unfinished, strict=strict))
        if page.unfinished
        else pytest.param(page, id=str(page))
        for page in PAGES
    ]


STOCK_MODELS = [pytest.param(model, id=model._meta.label) for model in admin.site._registry]


def stock_pages(model, world):
    """Addresses of the admin's stock pages for a model, as a superuser may open them."""
    request = SimpleNamespace(user=world.person(SUPERUSER), GET={})
    model_admin = admin.site._registry[model]
    prefix = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    yield reverse("admin:app_list", kwargs={"app_label": model._meta.app_label})
    yield reverse(f"{prefix}_changelist")
    if model_admin.has_add_permission(request):
        yield reverse(f"{prefix}_add")
    row = model._default_manager.order_by("pk").first()
    if row is not None:
        yield reverse(f"{prefix}_change", args=[row.pk])
        yield reverse(f"{prefix}_history", args=[row.pk])
        if model_admin.has_delete_permission(request, row):
            yield reverse(f"{prefix}_delete", args=[row.pk])


def named_addresses():
    """Every address of the site: its full name, or its route where it has none."""

    def walk(patterns, namespace, route):
        for pattern in patterns:
            here = route + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
                yield from walk(pattern.url_patterns, inner, here)
            else:
                # Django redirects the old form of a change page's address.
                if pattern.name or not here.endswith("<path:object_id>/"):
                    yield f"{namespace}{pattern.name}" if pattern.name else here

    return set(walk(get_resolver().url_patterns, "", ""))


def unknown_addresses():
    """Addresses that neither table knows; the names of `NOT_PAGES` may end with a star."""
    known = {page.view for page in PAGES} | stock_names()
    return {name for name in named_addresses() - known if not any(fnmatchcase(name, pattern) for pattern in NOT_PAGES)}


def stock_names():
    """Names of the addresses that Django makes for the registered models."""
    acts = ("changelist", "add", "change", "delete", "history")
    models = [model._meta for model in admin.site._registry]
    return {f"admin:{meta.app_label}_{meta.model_name}_{act}" for meta in models for act in acts}

"""What the database reads for the pages of the desk does not grow with the table: the plans of their statements say so.

The same pages are asked for with some tickets, then with four times as many: the past grows, what waits for an answer
does not. Caps are lowered so that both volumes are beyond them, as a million tickets is beyond those of production.
"""

from dataclasses import dataclass
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cned_portal.demo import people, scale
from cned_portal.users.enums import Role
from cned_portal.users.models import RoleGrant, User
from crc.admin import desk, legal, todos
from crc.domain.queries import search
from crc.domain.tickets import receive_request
from crc.domain.tracking import tracking_token
from crc.enums import Public
from crc.models import ComplaintCause, ServiceMembership, Tag, Ticket, Topic
from tests.catalogue.factories import TrainingFactory
from tests.crc.factories import ServiceFactory, TopicFactory

pytestmark = pytest.mark.django_db
SOME, MORE = 4_000, 16_000
QUEUE = "/gestion/demandes/"
MAIN, QUIET = "crc", scale.QUIET_SERVICE
GROWING = {f"crc_{name}" for name in ("ticket", "message", "ticketwords", "logentry", "routingdecision", "legalclock")}
GROWING |= {f"crc_{name}" for name in ("complaint", "tickettag")}
LARGEST = {"crc_ticket", "crc_message", "crc_ticketwords", "crc_logentry"}  # never read from end to end, even in part
CLOSE = """
WITH closed AS (
    UPDATE crc_ticket SET state = 'closed', has_unread = false, resolution_minutes = 60, closed_at = now(),
        first_answer_at = received_at, first_answer_minutes = 0
    WHERE id > %s AND state <> 'closed' RETURNING id
)
UPDATE crc_legalclock SET decided_at = now(), decision = 'granted' WHERE ticket_id IN (SELECT id FROM closed)
"""
SLACK = 1_000  # rows: the planner may gather the stock (130 tickets) for each count instead of stopping at the cap


@dataclass(frozen=True)
class Page:
    """A page, who asks for it, and how many times they go on to the next one."""

    name: str
    who: str
    params: dict | None = None
    next_pages: int = 0


def _queue_pages():
    for who in ("supervisor", "agent", "quiet"):
        for view in ("a-repondre", "closed", "toutes"):
            yield Page(f"{who}: {view}", who, {"etat": view}, next_pages=who == "supervisor")
            yield Page(f"{who}: {view}, unread", who, {"etat": view, "non-lues": "1"})
        for text in ("devoir", "devoir facture", "dossier{first} message", "rien"):
            yield Page(f"{who}: search {text}", who, {"q": text})
    for view in ("a-repondre", "closed", "toutes"):
        yield Page(f"agent: {view}, mine", "agent", {"etat": view, "a-moi": "1"})
        yield Page(f"supervisor: {view}, of a service", "supervisor", {"etat": view, "service": MAIN})
    for view in ("en-retard", "signalees", "waiting", "answered"):
        yield Page(f"supervisor: {view}", "supervisor", {"etat": view})
    for text in ("fictive500@exemple.example", people.LEARNER[0]):
        yield Page(f"supervisor: search {text}", "supervisor", {"q": text})
    yield Page("supervisor: common tag", "supervisor", {"etat": "toutes", "etiquette": "courante"})
    yield Page("supervisor: followed", "supervisor", {"etat": "toutes", "suivies": "1"})


PAGES = list(_queue_pages())


@pytest.fixture(scope="module")
def measured(django_db_setup, django_db_blocker):
    """{name of a page: what it read}, for both volumes; the larger one stays until the module ends."""
    patch = pytest.MonkeyPatch()
    patch.setattr(scale, "VACUUM", "ANALYZE")
    for module, name, value in [
        *((module, "LIST_CAP", 20) for module in (desk, legal, todos)),
        *((desk, "PAGE_SIZE", 10), (legal, "PAGE_SIZE", 10)),
        *((search, "GLANCE", 60), (search, "HITS_MAX", 50), (search, "REACH", 120)),
    ]:
        patch.setattr(module, name, value)
    with (
        django_db_blocker.unblock(),
        override_settings(STAFF_MFA_REQUIRED=False, SESSION_ENGINE="django.contrib.sessions.backends.db"),
        transaction.atomic(),
    ):
        clients = _desk()
        volumes = []
        for number in (SOME, MORE):
            known = Ticket.objects.order_by("-pk").values_list("pk", flat=True).first()
            scale.load({"tickets": number}, lambda text: None)
            with connection.cursor() as cursor:
                if known:
                    cursor.execute(CLOSE, [known])
                    cursor.execute("DELETE FROM crc_escalation WHERE ticket_id > %s", [known])
                cursor.execute("SET LOCAL session_replication_role = origin")
                cursor.execute("SELECT gin_clean_pending_list('ticket_words')")
                cursor.execute("ANALYZE crc_ticket, crc_escalation, crc_legalclock")
            volumes.append({name: _read(ask) for name, ask in _asks(clients)})
        yield SimpleNamespace(some=volumes[0], more=volumes[1], asks=dict(_asks(clients)))
        transaction.set_rollback(True)
    patch.undo()


def _desk():
    """Services, people and reference data; signed-in clients by name."""
    call_command("sync_roles", verbosity=0)
    members = {"supervisor": [], "agent": [MAIN], "quiet": [QUIET]}
    services = {MAIN: ServiceFactory(fallback=True, code=MAIN)}
    services |= {code: ServiceFactory(code=code) for code in (QUIET, "a", "b", "c", "d")}
    TopicFactory.create_batch(3)
    TrainingFactory()
    ComplaintCause.objects.get_or_create(label="Cause de mesure")
    for code in ("courante", "rare"):
        Tag.objects.create(code=code, label=code)
    clients = {}
    for name, codes in members.items():
        user = User.objects.create_user(f"{name}@exemple.example", None, is_staff=True)
        role = Role.CRC_SUPERVISOR if name == "supervisor" else Role.CRC_AGENT
        RoleGrant.objects.create(user=user, group=Group.objects.get(name=role))
        for code in codes:
            ServiceMembership.objects.create(user=user, service=services[code])
        clients[name] = Client()
        clients[name].force_login(user)
    clients["learner"] = Client()
    clients["learner"].force_login(User.objects.create_user(people.LEARNER[0], None))
    return clients


def _asks(clients):
    """(name, function that asks for the page)."""
    for page in PAGES:
        yield page.name, lambda page=page: _browse(clients[page.who], page)
    busy = Ticket.objects.filter(requester_email=people.LEARNER[0]).order_by("-pk").first()
    if busy is None:
        return
    yield "ticket of a busy requester", lambda: _get(clients["supervisor"], f"{QUEUE}{busy.reference}/")
    yield "home of the back-office", lambda: _get(clients["supervisor"], "/gestion/")
    yield "register of complaints", lambda: _get(clients["supervisor"], "/gestion/reclamations/")
    yield "my requests", lambda: _get(clients["learner"], "/mon-espace/demandes/")
    yield "tracking page", lambda: _get(Client(), reverse("crc:tracking", args=[tracking_token(busy)]))
    yield "submission", _submit


def _browse(client, page):
    first = Ticket.objects.order_by("pk").values_list("pk", flat=True).first()  # the only one that says its number
    url = f"{QUEUE}?{urlencode({name: value.format(first=first) for name, value in page.params.items()})}"
    for _ in range(page.next_pages + 1):
        response = _get(client, url)
        url = response.context["next_url"]
        if not url:
            return


def _get(client, url):
    response = client.get(url)
    assert response.status_code == 200, url
    return response


def _submit():
    receive_request(
        public=Public.ADULT,
        topic=Topic.objects.first(),
        subject="Un devoir",
        body="Quand rendre mon devoir ?",
        requester_name="Camille Exemple",
        requester_email=people.LEARNER[0],
        acting_user=None,
    )


def _read(ask):
    """Rows that the statements of a page examine in the tables that grow, and what they read from end to end."""
    with CaptureQueriesContext(connection) as queries:
        ask()
    rows, whole = 0, set()
    for query in queries:
        sql = query["sql"]
        if "SET LOCAL" in sql:  # what the page asks of the planner
            with connection.cursor() as cursor:
                cursor.execute(sql[sql.index("SET LOCAL") :])
        if _is_read(sql):
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN (ANALYZE, BUFFERS OFF, FORMAT JSON) " + sql)
                (plan,) = cursor.fetchone()[0]
            for node in _nodes(plan["Plan"]):
                rows += _examined(node)
                if node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGEST:
                    whole.add(node["Relation Name"])
    return SimpleNamespace(rows=rows, whole=whole, queries=len(queries))


def _is_read(sql):
    """Whether it reads tables that grow; writes begin with a SELECT too, by which history knows who writes."""
    written = "FOR UPDATE" in sql or "set_config" in sql
    return sql.startswith("SELECT") and not written and any(f'"{table}"' in sql for table in GROWING)


def _nodes(plan):
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _examined(node):
    """Rows of a scan, those that it puts aside included."""
    if node.get("Relation Name") not in GROWING and node["Node Type"] != "Bitmap Index Scan":
        return 0
    aside = sum(node.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
    return (node["Actual Rows"] + aside) * node["Actual Loops"]


NAMES = [page.name for page in PAGES]
NAMES += ["ticket of a busy requester", "home of the back-office", "register of complaints", "my requests"]
NAMES += ["tracking page", "submission"]


@pytest.mark.parametrize("name", NAMES)
def test_rows_examined_do_not_grow_with_the_table(measured, name):
    some, more = measured.some[name], measured.more[name]
    assert more.rows <= 1.25 * some.rows + SLACK, (some, more)
    assert more.queries <= some.queries + 4, (some, more)  # a next page, a prefetch that had nothing to read
    assert not more.whole


@pytest.mark.parametrize(
    ("indexes", "name"),
    [
        ("ticket_latest", "supervisor: toutes"),
        ("ticket_unread_by_state, ticket_unread", "supervisor: closed, unread"),
        ("message_thread, crc_message_ticket_id_08d607cd", "tracking page"),
        ("ticket_words", "supervisor: search dossier{first} message"),
        ("ticket_of_address", "supervisor: search fictive500@exemple.example"),
    ],
)
def test_a_missing_index_would_be_seen(measured, indexes, name):
    """The check above can fail: without its index the same page reads far more."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX {indexes}")
        without = _read(measured.asks[name])
        transaction.set_rollback(True)
    assert without.whole or without.rows > 1.25 * measured.some[name].rows + SLACK, without

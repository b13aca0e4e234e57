"""Large volumes for measurements, by set-based SQL: same rows each time, one statement for a hundred thousand.

The history triggers are off while they are written (`session_replication_role`): the role must be a superuser, as the
embedded one is. Rows are added to those of the demonstration, whose services, topics and trainings they use.
"""

import time

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection, transaction

from catalogue.domain.version import announce_change
from cned_portal.demo import people
from cned_portal.demo.scale_tickets import STATEMENTS
from crc.validators import REFERENCE_ALPHABET

BATCH = 100_000
_LEARNER_TABLES = ("learnerprofile", "enrolment", "enrolmentprogress", "activity")
VACUUM = "VACUUM ANALYZE"
QUIET_SERVICE = "agence-comptable"

# Copies of the published trainings with their actions and sessions: for each table, where its rows come from, and the
# columns that differ.
_COPIED = """
CREATE TEMP TABLE copied ON COMMIT DROP AS
SELECT source.id AS source_id, nextval(pg_get_serial_sequence('catalogue_training', 'id')) AS id, n
FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS rank, count(*) OVER () AS total FROM catalogue_training
      WHERE state = 'published' AND slug !~ '-m[0-9]+$') AS source, generate_series(%s, %s) AS n
WHERE n %% source.total = source.rank
"""
_COPY = {
    "catalogue_training": (
        "catalogue_training AS row JOIN copied ON copied.source_id = row.id",
        {
            "id": "copied.id",
            "slug": "row.slug || '-m' || n",
            "title": "left(row.title, 180) || ' ' || n",
            "title_key": "left(row.title_key, 180) || ' ' || n",
            "sort_key": "left(row.sort_key, 180) || ' ' || n",
        },
    ),
    "catalogue_trainingaction": (
        "catalogue_trainingaction AS row JOIN copied ON copied.source_id = row.training_id",
        {"id": "DEFAULT", "training_id": "copied.id"},
    ),
    "catalogue_trainingsession": (
        """catalogue_trainingsession AS row JOIN catalogue_trainingaction AS old ON old.id = row.action_id
        JOIN copied ON copied.source_id = old.training_id
        JOIN catalogue_trainingaction AS new ON new.training_id = copied.id AND new.rank = old.rank""",
        {"id": "DEFAULT", "action_id": "new.id"},
    ),
}


# Learners who follow one training each, and ten activities each over some months: their sums are those of the verbs.
LEARNERS = """
WITH numbers AS (SELECT n FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n),
people AS (
    INSERT INTO users_user (password, is_superuser, email, first_name, last_name, is_staff, is_active, date_joined)
    SELECT '!', false, 'apprenant' || n || '@mesure.example', 'Personne', 'Fictive ' || n, false, true, now()
    FROM numbers ON CONFLICT DO NOTHING RETURNING id, email
),
files AS (
    INSERT INTO learners_learnerprofile (user_id, number, public, street, street_extra, postal_code, city, country,
        created_at)
    SELECT id, (1000000000 + id)::text, 'adult', '', '', '', '', 'France', now() FROM people RETURNING id
),
places AS (
    INSERT INTO learners_enrolment (learner_id, training_id, state, requested_at, confirmed_at, started_on,
        abandon_reason)
    SELECT id, (%(trainings)s)[1 + id::int %% cardinality(%(trainings)s)], 'active', now() - interval '120 days',
        now() - interval '118 days', current_date - 115, ''
    FROM files RETURNING id
)
INSERT INTO learners_enrolmentprogress (enrolment_id, last_activity_at, modules_done, percent, minutes, copies)
SELECT id, now() - (id %% 60) * interval '1 day', 0, 0, 0, 0 FROM places
"""
ACTIVITIES = """
INSERT INTO learners_activity (enrolment_id, module_id, kind, at, minutes, key)
SELECT enrolment_id, NULL, 'opened', last_activity_at - n * interval '5 days', NULL, gen_random_uuid()
FROM learners_enrolmentprogress, generate_series(0, 9) AS n WHERE enrolment_id > %(after)s
"""


def load(volumes, say):
    """Add the volumes asked for, `{"tickets": 1_000_000}`; what is there already counts."""
    if not settings.DEMO_ALLOWED:
        raise CommandError("Les volumes de mesure ne se chargent pas en production.")
    for name, number in volumes.items():
        loader = {"tickets": _tickets, "trainings": _trainings, "learners": _learners}.get(name)
        if loader is None:
            raise CommandError(f"Volume inconnu : « {name} » ; on connaît : tickets, trainings, learners.")
        started = time.monotonic()
        loader(number, say)
        say(f"{name} : {number}, en {time.monotonic() - started:.0f} s")


def parse(text):
    """`tickets=1000000` as a mapping; raises CommandError for anything else."""
    volumes = {}
    for part in text.split(","):
        name, _, number = part.partition("=")
        if not number.isdecimal():
            raise CommandError(f"On attend « nom=nombre », pas « {part} ».")
        volumes[name.strip()] = int(number)
    return volumes


def _tickets(number, say):
    learner = people.LEARNER[0]
    values = {
        "alphabet": REFERENCE_ALPHABET,
        "topics": _keys("SELECT id FROM crc_topic ORDER BY id"),
        "services": _keys("SELECT id FROM crc_service WHERE NOT is_restricted ORDER BY id"),
        "trainings": _keys("SELECT id FROM catalogue_training ORDER BY id LIMIT 200"),
        "agents": _keys("SELECT user_id FROM crc_servicemembership ORDER BY id"),
    }
    if not all(values.values()):
        raise CommandError("Chargez d’abord la démonstration : « load_demo ».")
    quiet = _keys("SELECT id FROM crc_service WHERE code = %s", [QUIET_SERVICE])
    values |= {
        "quiet": quiet[0] if quiet else values["services"][-1],
        "services": [key for key in values["services"] if [key] != quiet],
        "agent": values["agents"][0],
        "learner": next(iter(_keys("SELECT id FROM users_user WHERE email = %s", [learner])), None),
        "learner_email": learner,
        "cause": next(iter(_keys("SELECT id FROM crc_complaintcause ORDER BY id LIMIT 1")), None),
    }
    for first in range(1, number + 1, BATCH):
        last = min(first + BATCH - 1, number)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("SELECT coalesce(max(id), 0) FROM crc_ticket")
            batch = {**values, "first": first, "last": last, "after": cursor.fetchone()[0]}
            for statement in STATEMENTS.values():
                cursor.execute(statement, batch)
        say(f"  tickets : {last}")
    _vacuum(STATEMENTS)


def _learners(number, say):
    """That many learners under way, and ten activities each."""
    trainings = _keys("SELECT DISTINCT training_id FROM learners_module ORDER BY training_id")
    if not trainings:
        raise CommandError("Chargez d’abord la démonstration : « load_demo ».")
    for first in range(1, number + 1, BATCH):
        last = min(first + BATCH - 1, number)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("SELECT coalesce(max(id), 0) FROM learners_enrolment")
            after = cursor.fetchone()[0]
            cursor.execute(LEARNERS, {"first": first, "last": last, "trainings": trainings})
            cursor.execute(ACTIVITIES, {"after": after})
        say(f"  learners : {last}")
    with connection.cursor() as cursor:
        for table in ("users_user", *(f"learners_{name}" for name in _LEARNER_TABLES)):
            cursor.execute(f"{VACUUM} {table}")


def _trainings(number, say):
    """Copies until there are that many published trainings."""
    missing = number - _keys("SELECT count(*) FROM catalogue_training WHERE state = 'published'")[0]
    done = _keys("SELECT count(*) FROM catalogue_training WHERE slug ~ '-m[0-9]+$'")[0]
    if missing <= 0:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(_COPIED, [done + 1, done + missing])
        for table, (source, changed) in _COPY.items():
            cursor.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position",
                [table],
            )
            columns = [row[0] for row in cursor.fetchall() if changed.get(row[0]) != "DEFAULT"]
            values = [changed.get(column, f"row.{column}") for column in columns]
            names = ", ".join(columns)
            cursor.execute(f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {source}")  # noqa: S608  names of ours
    announce_change()
    _vacuum(_COPY)


def _vacuum(tables):
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"{VACUUM} {table}")


def _keys(query, values=()):
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [row[0] for row in cursor.fetchall()]

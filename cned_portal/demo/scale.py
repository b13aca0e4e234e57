"""Large volumes for measurements, by set-based SQL: same rows each time, one statement for a hundred thousand.

The history triggers are off while they are written (`session_replication_role`): the role must be a superuser, as the
embedded one is. Rows are added to those of the demonstration, whose services, topics and trainings they use.
"""

import time

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connection, transaction

from catalogue.domain.version import announce_change
from crc.validators import REFERENCE_ALPHABET

BATCH = 100_000
_LEARNER_TABLES = ("learnerprofile", "enrolment", "enrolmentprogress", "activity")
VACUUM = "VACUUM ANALYZE"

# Nine in ten are closed; one in four of those that wait for an answer is late.
TICKETS = """
WITH numbers AS (
    SELECT n, now() - interval '5 days' - (n * 37 %% 1051200) * interval '90 seconds' AS received,
           CASE WHEN n %% 100 < 90 THEN 'closed' WHEN n %% 100 < 95 THEN 'answered' WHEN n %% 100 < 97 THEN 'waiting'
                WHEN n %% 100 < 99 THEN 'open' ELSE 'new' END AS state,
           (SELECT string_agg(substr(%(alphabet)s, (((n::bigint * 7919) / (28 ^ k)::bigint) %% 28)::int + 1, 1), '')
            FROM generate_series(0, 7) AS k) AS letters
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
)
INSERT INTO crc_ticket (reference, channel, kind, public, topic_id, service_id, training_id, requester_id,
    requester_name, requester_email, requester_phone, subject, state, priority, assignee_id, received_at, due_at,
    first_due_at, resolution_due_at, first_answer_at, first_answer_minutes, closed_at, resolution_minutes,
    calendar_version, last_message_at, message_count, has_unread, reopen_count, version, tracking_generation)
SELECT '2024-' || letters,
    (ARRAY['formulaire', 'formulaire', 'courriel', 'telephone'])[1 + n::int %% 4],
    (ARRAY['information', 'demande', 'demande', 'difficulte', 'reclamation'])[1 + n::int %% 5],
    (ARRAY['eleve', 'adulte', 'adulte', 'entreprise', 'administration', 'etablissement'])[1 + n::int %% 6],
    (%(topics)s)[1 + n::int %% cardinality(%(topics)s)], (%(services)s)[1 + n::int %% cardinality(%(services)s)],
    (%(trainings)s)[1 + n::int %% cardinality(%(trainings)s)], NULL,
    'Personne Fictive ' || n, 'fictive' || n %% 300000 || '@exemple.example', '', 'Demande de mesure n° ' || n, state,
    2, CASE WHEN state IN ('new', 'closed') THEN NULL ELSE (%(agents)s)[1 + n::int %% cardinality(%(agents)s)] END,
    received, due, due, due + interval '10 days',
    CASE WHEN state IN ('closed', 'answered', 'waiting') THEN received + interval '1 day' END,
    CASE WHEN state IN ('closed', 'answered', 'waiting') THEN 30 + (n * 13 %% 900)::int END,
    CASE WHEN state = 'closed' THEN received + interval '4 days' END,
    CASE WHEN state = 'closed' THEN 100 + (n * 17 %% 3000)::int END,
    1, received + interval '1 day', 2, state = 'new', 0, 1, 1
FROM numbers CROSS JOIN LATERAL (
    SELECT CASE WHEN state IN ('new', 'open') THEN now() + (n %% 97 - 24) * interval '1 hour'
        ELSE received + interval '2 days' END AS due) AS promised
ON CONFLICT (reference) DO NOTHING
"""
# Each has its question; those that were answered have their answer, and one in two a second exchange.
# Words that a quarter of the tickets say, and one that a single ticket says.
WORDS = """
INSERT INTO crc_ticketwords (ticket_id, vector)
SELECT id, strip(to_tsvector('simple', 'message mesure phrase dossier' || id || ' ' ||
    (ARRAY['devoir', 'facture', 'stage', 'colis'])[1 + id %% 4]))
FROM crc_ticket WHERE id > %(after)s
"""
MESSAGES = """
INSERT INTO crc_message (ticket_id, author_id, direction, visibility, body, created_at)
SELECT t.id, CASE WHEN m %% 2 = 1 THEN NULL ELSE %(agent)s END, CASE WHEN m %% 2 = 1 THEN 'in' ELSE 'out' END, 'public',
    'Message de mesure, aussi long qu’un message ordinaire. ' || repeat('Une phrase de plus. ', 8),
    t.received_at + m * interval '6 hours'
FROM crc_ticket t, generate_series(1, 4) AS m
WHERE t.id > %(after)s
    AND (m = 1 OR (m = 2 AND t.state <> 'new') OR (m > 2 AND t.state = 'closed' AND t.id %% 2 = 0))
"""


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
    values = {
        "alphabet": REFERENCE_ALPHABET,
        "topics": _keys("SELECT id FROM crc_topic ORDER BY id"),
        "services": _keys("SELECT id FROM crc_service WHERE NOT is_restricted ORDER BY id"),
        "trainings": _keys("SELECT id FROM catalogue_training ORDER BY id LIMIT 200"),
        "agents": _keys("SELECT user_id FROM crc_servicemembership ORDER BY id"),
    }
    if not all(values.values()):
        raise CommandError("Chargez d’abord la démonstration : « load_demo ».")
    for first in range(1, number + 1, BATCH):
        last = min(first + BATCH - 1, number)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("SELECT coalesce(max(id), 0) FROM crc_ticket")
            after = cursor.fetchone()[0]
            cursor.execute(TICKETS, {**values, "first": first, "last": last})
            cursor.execute(MESSAGES, {"after": after, "agent": values["agents"][0]})
            cursor.execute(WORDS, {"after": after})
        say(f"  tickets : {last}")
    with connection.cursor() as cursor:
        cursor.execute(f"{VACUUM} crc_ticket")
        cursor.execute(f"{VACUUM} crc_message")
        cursor.execute(f"{VACUUM} crc_ticketwords")


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
    with connection.cursor() as cursor:
        for table in _COPY:
            cursor.execute(f"{VACUUM} {table}")


def _keys(query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [row[0] for row in cursor.fetchall()]

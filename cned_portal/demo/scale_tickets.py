"""The SQL of `scale.py` for tickets: each statement writes a table for the tickets of one batch, by key ranges.

A million tickets hold five million messages. Dates do not follow keys, so that reading a month touches as many pages as
it can: figures measured here are on the high side.
"""

# Nine in ten are closed; one in four of those that wait for an answer is late. One in two hundred is the learner's, one
# in a thousand is for a quiet service.
_TICKETS = """
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
    (%(topics)s)[1 + n::int %% cardinality(%(topics)s)],
    CASE WHEN n %% 1000 = 3 THEN %(quiet)s ELSE (%(services)s)[1 + (n / 100)::int %% cardinality(%(services)s)] END,
    (%(trainings)s)[1 + n::int %% cardinality(%(trainings)s)],
    CASE WHEN n %% 200 = 7 THEN %(learner)s::bigint END, 'Personne Fictive ' || n,
    CASE WHEN n %% 200 = 7 THEN %(learner_email)s ELSE 'fictive' || n %% 300000 || '@exemple.example' END,
    '', 'Demande de mesure n° ' || n, state, 2,
    CASE WHEN state IN ('new', 'closed') THEN NULL ELSE (%(agents)s)[1 + (n / 7)::int %% cardinality(%(agents)s)] END,
    received, due, due, due + interval '10 days',
    CASE WHEN state IN ('closed', 'answered', 'waiting') THEN received + interval '1 day' END,
    CASE WHEN state IN ('closed', 'answered', 'waiting') THEN 30 + (n * 13 %% 900)::int END,
    CASE WHEN state = 'closed' THEN received + interval '4 days' END,
    CASE WHEN state = 'closed' THEN 100 + (n * 17 %% 3000)::int END,
    1, received + messages * interval '6 hours', messages - messages / 5, state = 'new', 0, 1, 1
FROM numbers CROSS JOIN LATERAL (
    SELECT CASE WHEN state IN ('new', 'open') THEN now() + (n %% 97 - 24) * interval '1 hour'
            ELSE received + interval '2 days' END AS due,
        CASE state WHEN 'new' THEN 1 WHEN 'open' THEN 3 WHEN 'closed' THEN (ARRAY[2, 4, 5, 6, 9])[1 + n::int %% 5]
            ELSE 4 END AS messages) AS said
ON CONFLICT (reference) DO NOTHING
"""
# As many as the ticket counts, in turn, and a note in fifth place, which it does not count.
_MESSAGES = """
INSERT INTO crc_message (ticket_id, author_id, direction, visibility, body, created_at)
SELECT t.id, CASE WHEN direction = 'in' THEN NULL ELSE %(agent)s END, direction,
    CASE WHEN direction = 'note' THEN 'internal' ELSE 'public' END,
    'Message de mesure, aussi long qu’un message ordinaire. ' || repeat('Une phrase de plus. ', 8),
    t.received_at + m * interval '6 hours'
FROM crc_ticket AS t CROSS JOIN generate_series(1, 9) AS m CROSS JOIN LATERAL (
    SELECT CASE WHEN m = 5 THEN 'note' WHEN m %% 2 = 1 THEN 'in' ELSE 'out' END AS direction) AS way
WHERE t.id > %(after)s AND m <= t.message_count + t.message_count / 4
"""
# Words that a quarter of the tickets say, one that a single ticket says, and a dozen of four thousand, unevenly common.
_WORDS = """
INSERT INTO crc_ticketwords (ticket_id, vector)
SELECT id, strip(to_tsvector('simple', 'message mesure phrase dossier' || id || ' ' ||
    (ARRAY['devoir', 'facture', 'stage', 'colis'])[1 + id %% 4] || ' ' ||
    (SELECT string_agg('mot' || (4000 * ((hashint8(id * 13 + k) & 65535) / 65536.0) ^ 3)::int, ' ')
     FROM generate_series(1, 12) AS k)))
FROM crc_ticket WHERE id > %(after)s
"""
_LOG = """
INSERT INTO crc_logentry (ticket_id, event, actor_id, old_state, new_state, detail, at)
SELECT id, event, CASE WHEN event IN ('answered', 'closed') THEN %(agent)s::bigint END, '', state, '', moment
FROM crc_ticket CROSS JOIN LATERAL (VALUES
    ('received', received_at), ('routed', received_at), ('answered', first_answer_at), ('closed', closed_at)
) AS facts (event, moment)
WHERE id > %(after)s AND moment IS NOT NULL
"""
# Three in a hundred went to another service afterwards.
_DECISIONS = """
INSERT INTO crc_routingdecision (ticket_id, service_id, previous_service_id, decided_by_id, reason, at)
SELECT id, service_id, other, CASE WHEN rank = 2 THEN %(agent)s::bigint END, '', received_at
FROM crc_ticket CROSS JOIN generate_series(1, 2) AS rank CROSS JOIN LATERAL (
    SELECT CASE WHEN rank = 2 THEN (SELECT max(key) FROM unnest(%(services)s) AS key WHERE key <> service_id)
        END AS other
) AS former
WHERE id > %(after)s AND (rank = 1 OR (id %% 33 = 0 AND other IS NOT NULL))
"""
_CLOCKS = """
INSERT INTO crc_legalclock (ticket_id, effect, silence_on, pieces, decision, decided_at)
SELECT id, CASE kind WHEN 'demande' THEN 'acceptance' ELSE 'rejection' END, received_at::date + 61, '',
    CASE WHEN first_answer_at IS NULL THEN '' ELSE 'granted' END, first_answer_at
FROM crc_ticket WHERE id > %(after)s AND kind IN ('demande', 'reclamation')
"""
_COMPLAINTS = """
INSERT INTO crc_complaint (ticket_id, opened_at, findings, outcome, corrective_action, needs_improvement, cause_id,
    decided_by_id, decided_at, second_look_at)
SELECT id, received_at, '', CASE WHEN closed_at IS NULL THEN '' ELSE 'founded' END, '', false,
    CASE WHEN closed_at IS NOT NULL THEN %(cause)s::bigint END,
    CASE WHEN closed_at IS NOT NULL THEN %(agent)s::bigint END, closed_at, NULL
FROM crc_ticket WHERE id > %(after)s AND kind = 'reclamation' AND (closed_at IS NULL OR %(cause)s::bigint IS NOT NULL)
"""
_ESCALATIONS = """
INSERT INTO crc_escalation (ticket_id, step, at)
SELECT id, 2, due_at FROM crc_ticket WHERE id > %(after)s AND state IN ('new', 'open') AND due_at < now()
"""
# One tag in ten tickets, another in a thousand.
_TAGS = """
INSERT INTO crc_tickettag (ticket_id, tag_id, tagged_by_id, tagged_at)
SELECT ticket.id, tag.id, %(agent)s, received_at
FROM crc_ticket AS ticket JOIN (SELECT id, row_number() OVER (ORDER BY id) AS rank FROM crc_tag ORDER BY id LIMIT 2)
    AS tag ON ticket.id %% (CASE tag.rank WHEN 1 THEN 10 ELSE 1000 END) = 0
WHERE ticket.id > %(after)s
"""

# By table, in the order of their keys.
STATEMENTS = {
    "crc_ticket": _TICKETS,
    "crc_message": _MESSAGES,
    "crc_ticketwords": _WORDS,
    "crc_logentry": _LOG,
    "crc_routingdecision": _DECISIONS,
    "crc_legalclock": _CLOCKS,
    "crc_complaint": _COMPLAINTS,
    "crc_escalation": _ESCALATIONS,
    "crc_tickettag": _TAGS,
}

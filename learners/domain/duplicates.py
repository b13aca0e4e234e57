"""Files that may be one person's: found each night in the database, judged and joined by staff."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from cned_portal.common.verbs import verb
from cned_portal.users.models import User
from learners.domain.account_moves import move_account
from learners.domain.holdings import all_of, holdings
from learners.domain.profile import ADDRESS_FIELDS
from learners.domain.refusals import MoveRefused, Refusal
from learners.enums import AddressKind, DuplicateRule, DuplicateState, EndReason
from learners.models import (
    Accommodation,
    AccountClosure,
    Address,
    DuplicateCandidate,
    Enrolment,
    Guardianship,
    LearnerMerge,
    LearnerProfile,
)

RECENT = timedelta(days=90)
MOST_A_NIGHT = 5_000
MOST_ON_ONE_PHONE = 4  # more is the telephone of an establishment
_FOLDED = (
    "regexp_replace(translate(lower({}), 'ÀÂÄÁÃÅÇÉÈÊËÎÏÍÌÔÖÓÒÕÛÜÚÙŸÑàâäáãåçéèêëîïíìôöóòõûüúùÿñ', "
    "'aaaaaaceeeeiiiiooooouuuuynaaaaaaceeeeiiiiooooouuuuyn'), '[^a-z]', '', 'g')"
)

# The embedded server has no `unaccent`, and lowers no accented capital: one translation does both. `name` is the same
# whichever way round the two names were typed.
_PEOPLE = f"""
    SELECT p.id, p.date_of_birth, p.phone, u.id AS user_id, u.email,
           {_FOLDED.format("u.first_name")} AS first_name,
           LEAST({_FOLDED.format("u.first_name || u.last_name")},
                 {_FOLDED.format("u.last_name || u.first_name")}) AS name
    FROM {LearnerProfile._meta.db_table} p JOIN {User._meta.db_table} u ON u.id = p.user_id
    WHERE p.merged_into_id IS NULL AND p.anonymised_at IS NULL AND u.is_active
"""  # noqa: S608
_FIND = f"""
    WITH people AS MATERIALIZED ({_PEOPLE}),
    shared AS (
        SELECT phone FROM people WHERE phone <> '' GROUP BY phone HAVING count(*) BETWEEN 2 AND {MOST_ON_ONE_PHONE}
    ),
    pairs AS (
        SELECT a.id AS a, b.id AS b, '{DuplicateRule.NAME_BIRTH}' AS rule, 1 AS rank
        FROM people a JOIN people b ON b.date_of_birth = a.date_of_birth AND b.name = a.name AND a.id < b.id
        WHERE a.name <> ''
        UNION ALL
        SELECT a.id, e.id, '{DuplicateRule.EMAIL}', 2
        FROM {EmailAddress._meta.db_table} o
        JOIN people a ON a.user_id = o.user_id
        JOIN people e ON e.email = lower(o.email) AND e.user_id <> o.user_id
        UNION ALL
        SELECT a.id, b.id, '{DuplicateRule.PHONE}', 3
        FROM shared s JOIN people a ON a.phone = s.phone JOIN people b ON b.phone = s.phone AND a.id < b.id
        WHERE a.first_name = b.first_name OR a.date_of_birth = b.date_of_birth
    ),
    found AS (
        SELECT DISTINCT ON (LEAST(a, b), GREATEST(a, b)) LEAST(a, b) AS first_id, GREATEST(a, b) AS second_id, rule
        FROM pairs ORDER BY LEAST(a, b), GREATEST(a, b), rank
    )
    INSERT INTO {DuplicateCandidate._meta.db_table} (first_id, second_id, rule, state, reason, found_at)
    SELECT first_id, second_id, rule, '{DuplicateState.OPEN}', '', now() FROM found f
    WHERE NOT EXISTS (
        SELECT 1 FROM {DuplicateCandidate._meta.db_table} d
        WHERE d.first_id = f.first_id AND d.second_id = f.second_id
    )
    LIMIT {MOST_A_NIGHT}
    ON CONFLICT (first_id, second_id) DO NOTHING
"""  # noqa: S608  constants of this module and names of tables


class NeedsConfirmation(Refusal):
    """Both accounts are in use: staff say that they checked."""


@verb
def find_duplicates(*, acting_user=None):
    """Add the pairs that no one has judged yet; number added. Twice adds nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND)
        return cursor.rowcount


@verb
def dismiss_duplicate(candidate, *, reason, acting_user):
    """They are two people: why. The pair is not proposed again."""
    if not reason.strip():
        raise Refusal("Dites pourquoi ce sont deux personnes.")
    settled = DuplicateCandidate.objects.to_judge().filter(pk=candidate.pk)
    if not settled.update(state=DuplicateState.DISMISSED, reason=reason.strip(), settled_at=timezone.now()):
        raise MoveRefused("Ce rapprochement est déjà jugé.")


def merge_hindrances(loser, winner):
    """Why these two files cannot be joined, in sentences; an empty list when they can."""
    if loser.pk == winner.pk or not loser.is_open or not winner.is_open:
        return ["Un des deux dossiers est fermé ou déjà réuni à un autre."]
    if loser.user.is_staff or winner.user.is_staff:
        return ["Un des deux comptes est celui d’un agent."]
    if AccountClosure.objects.waiting().filter(user__in=[loser.user, winner.user]).exists():
        return ["La fermeture d’un des deux comptes est demandée."]
    return all_of("hinder_merge", loser.user, winner.user)


def both_in_use(loser, winner):
    """Both accounts were signed in with lately: two people may well be behind them."""
    since = timezone.now() - RECENT
    return all(item.user.last_login and item.user.last_login > since for item in (loser, winner))


@verb
def merge_learners(loser, winner, *, acting_user, confirmed=False):
    """Move all that one file holds to another, in every app; the emptied account is closed to sign-in. Not undone.

    Raises Refusal when the two cannot be one person, NeedsConfirmation when both accounts are in use.
    """
    keys = sorted({loser.pk, winner.pk})
    locked = LearnerProfile.objects.select_for_update(of=("self",)).select_related("user").order_by("pk").in_bulk(keys)
    loser, winner = locked[loser.pk], locked[winner.pk]
    hindrances = merge_hindrances(loser, winner)
    if hindrances:
        raise Refusal(" ".join(hindrances))
    if both_in_use(loser, winner) and not confirmed:
        raise NeedsConfirmation(
            "Les deux comptes ont servi ces trois derniers mois : vérifiez auprès de la personne, puis confirmez."
        )
    moved = dict(_move_own(loser, winner))
    for holding in holdings():
        moved |= dict(holding.move(loser.user, winner.user, acting_user=acting_user))
    loser.merged_into = winner
    loser.save(update_fields=["merged_into"])
    LearnerProfile.objects.filter(merged_into=loser).update(merged_into=winner)
    loser.user.is_active = False
    loser.user.save(update_fields=["is_active"])
    for session in UserSession.objects.filter(user=loser.user):
        session.end()
    _settle(loser, winner)
    return LearnerMerge.objects.create(loser=loser, winner=winner, merged_by=acting_user, moved=moved)


def _move_own(loser, winner):
    """(label, number) of what moved. Consents stay where they were given: nobody consents for another account."""
    now = timezone.now()
    for name in ("date_of_birth", "situation", "phone"):
        if not getattr(winner, name):
            setattr(winner, name, getattr(loser, name))
    winner.save(update_fields=["date_of_birth", "situation", "phone"])
    yield "Inscriptions", Enrolment.objects.filter(learner=loser).update(learner=winner)
    kept = Address.objects.current().filter(learner=winner).values_list("kind", flat=True)
    Address.objects.current().filter(learner=loser, kind__in=list(kept)).update(valid_to=now)
    yield "Adresses", Address.objects.filter(learner=loser).update(learner=winner)
    arranged = list(Accommodation.objects.filter(learner=winner).values_list("kind", flat=True))
    lacking = Accommodation.objects.filter(learner=loser).exclude(kind__in=arranged)
    yield "Aménagements", lacking.update(learner=winner)
    _write_current_address(winner)
    yield "Responsables", _move_bonds(Guardianship.objects.filter(learner=loser), learner=winner)
    yield "Apprenants suivis", _move_bonds(Guardianship.objects.filter(guardian=loser.user), guardian=winner.user)
    yield from move_account(loser.user, winner.user)


def _write_current_address(winner):
    current = Address.objects.current().filter(learner=winner, kind=AddressKind.POSTAL).first()
    if current is not None:
        for name in ADDRESS_FIELDS:
            setattr(winner, name, getattr(current, name))
        winner.save(update_fields=list(ADDRESS_FIELDS))


def _move_bonds(bonds, **to):
    """Those that the other file has too end; the rest move. One by one: a person has few."""
    moved = 0
    for bond in bonds.order_by("pk"):
        learner = to.get("learner", bond.learner)
        guardian = to.get("guardian", bond.guardian)
        same = Q(invited_email=bond.invited_email) | (Q(guardian=guardian) if guardian else Q(pk__in=[]))
        twin = Guardianship.objects.filter(same, learner=learner, ended_at=None).exclude(pk=bond.pk)
        if bond.ended_at is None and twin.exists():
            bond.ended_at, bond.end_reason = timezone.now(), EndReason.MERGED
        for name, value in to.items():
            setattr(bond, name, value)
        bond.save(update_fields=["ended_at", "end_reason", *to])
        moved += 1
    return moved


def _settle(loser, winner):
    """The pair is joined; what else was said of the emptied file has no object any more."""
    now = timezone.now()
    pairs = DuplicateCandidate.objects.filter(Q(first=loser) | Q(second=loser))
    pairs.filter(Q(first=winner) | Q(second=winner)).update(state=DuplicateState.MERGED, settled_at=now, reason="")
    pairs.to_judge().update(state=DuplicateState.DISMISSED, settled_at=now, reason="Dossier réuni à un autre.")

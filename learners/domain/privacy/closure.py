"""Closing an account: asked for, thought over for some days, then done in place."""

import logging
from dataclasses import asdict
from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.db import IntegrityError, transaction
from django.utils import timezone

from cned_portal.common.verbs import verb
from cned_portal.users.models import User
from learners.domain.holdings import all_of, everything_kept, holdings
from learners.domain.notifications import notify
from learners.domain.privacy.anonymise import anonymise_account
from learners.domain.refusals import Refusal
from learners.models import AccountClosure

logger = logging.getLogger(__name__)

COOLING_DAYS = 14
WARNING_DAYS = 30  # for an account that nobody used for years
AT_ONCE = 100


@verb
def request_closure(user, *, acting_user, days=COOLING_DAYS, event="closure_asked", at=None):
    """Ask that an account be closed in some days; its sessions end now. Signing in again gives it up.

    Raises Refusal for staff, while something is under way, or when it is asked already.
    """
    at = at or timezone.now()
    if user.is_staff:
        raise Refusal("Le compte d’un agent est fermé par un administrateur.")
    hindrances = all_of("hinder_closure", user)
    if hindrances:
        raise Refusal(" ".join([*hindrances, "Attendez la fin, ou écrivez-nous."]))
    closure = AccountClosure(user=user, asked_at=at, due_at=at + timedelta(days=days))
    try:
        with transaction.atomic():
            closure.save(force_insert=True)
    except IntegrityError:
        raise Refusal("La fermeture de ce compte est déjà demandée.") from None
    for session in UserSession.objects.filter(user=user):
        session.end()
    notify(user, event=event, key=f"{event}:{closure.pk}", context={"closure": closure})
    return closure


@verb
def give_up_closure(pk, *, acting_user):
    """The person signed in again: the account stays, and they are told. Twice changes nothing."""
    given_up = AccountClosure.objects.given_up().filter(pk=pk).update(cancelled_at=timezone.now(), hindered_by="")
    if given_up:
        closure = AccountClosure.objects.select_related("user").get(pk=pk)
        notify(closure.user, event="closure_given_up", key=f"closure_given_up:{pk}", context={"closure": closure})
    return bool(given_up)


@verb
def close_account(pk, *, acting_user, at=None):
    """Erase the person from every app at once, or from none; True when this call did it.

    Raises Refusal while something hinders it. A sign-in that comes at this moment waits, or is seen here.
    """
    at = at or timezone.now()
    closure = AccountClosure.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=pk).first()
    if closure is None:
        return False
    user = User.objects.select_for_update().get(pk=closure.user_id)
    if not AccountClosure.objects.due(at).filter(pk=pk).exists():
        return False
    hindrances = all_of("hinder_closure", user)
    if hindrances:
        raise Refusal(" ".join(hindrances))
    address = user.email
    for holding in holdings():
        holding.erase(user, acting_user=acting_user)
    anonymise_account(user, acting_user=acting_user)
    kept = [asdict(item) for item in everything_kept()]
    AccountClosure.objects.filter(pk=pk).update(done_at=at, kept=kept, hindered_by="")
    # To the address as it was: the law wants the person told. The outbox forgets it with its other mails.
    goodbye = User(email=address)
    notify(goodbye, event="closure_done", key=f"closure_done:{pk}", context={"kept": everything_kept()})
    return True


def settle_closures(*, most=AT_ONCE):
    """Give up those whose person came back, close those whose time has come; number closed. Twice changes nothing."""
    now = timezone.now()
    for pk in list(AccountClosure.objects.given_up().order_by("pk").values_list("pk", flat=True)[:most]):
        give_up_closure(pk, acting_user=None)
    closed = 0
    for pk in list(AccountClosure.objects.due(now).order_by("due_at", "pk").values_list("pk", flat=True)[:most]):
        try:
            closed += close_account(pk, acting_user=None)
        except Refusal as refusal:
            AccountClosure.objects.filter(pk=pk).exclude(hindered_by=str(refusal)[:300]).update(
                hindered_by=str(refusal)[:300]
            )
        except Exception:  # one account that fails does not hold the others
            logger.exception("account closure %s failed", pk)
    return closed

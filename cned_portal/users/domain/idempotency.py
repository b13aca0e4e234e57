"""A call repeated because its answer was lost gives the same answer, and acts once."""

from datetime import timedelta

from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone
from psycopg.errors import LockNotAvailable

from cned_portal.common.refusals import Refusal
from cned_portal.users.models import IdempotentCall

KEPT = timedelta(hours=24)


class KeyReused(Refusal):
    """The key already served another call."""

    def __init__(self):
        super().__init__("Cette clé d’idempotence a déjà servi pour un autre contenu : prenez-en une nouvelle.")


class CallInProgress(Refusal):
    """A twin is still at work after the longest wait."""

    def __init__(self):
        super().__init__("Un appel portant cette clé est en cours : renvoyez-le dans un instant.")


def call_once(*, caller, key, digest, act):
    """(status, body, whether it is repeated) of `act()`, done at most once for this caller and key within a day.

    The answer is written in the transaction of the act: an act that is refused leaves the key free. A twin waits on
    the unique constraint until the first one is committed, then reads its answer.
    """
    with transaction.atomic():
        IdempotentCall.objects.filter(caller=caller, key=key, created_at__lt=timezone.now() - KEPT).delete()
        call = IdempotentCall(caller=caller, key=key, digest=digest)
        try:
            with transaction.atomic():
                call.save(force_insert=True)
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise CallInProgress from None
            raise
        except IntegrityError:
            known = IdempotentCall.objects.get(caller=caller, key=key)
            if known.digest != digest:
                raise KeyReused from None
            return known.status, known.body, True
        call.status, call.body = act()
        call.save(update_fields=["status", "body"])
        return call.status, call.body, False


def forget_old_calls():
    """Forget the answers that nobody may ask again; how many."""
    return IdempotentCall.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]

"""Is this mail still wanted? Asked by the dispatcher just before it leaves, for the kinds that have a check."""

from collections.abc import Callable

_checks: dict[str, Callable] = {}


def register_check(kind, check):
    """Have `check(keys) -> keys still wanted` asked for mails of this kind, one call for each batch.

    Apps call it in `AppConfig.ready`. A mail that is no longer wanted is cancelled instead of sent.
    """
    _checks[kind] = check


def still_wanted(batch):
    """Primary keys of the mails of a batch that are still wanted."""
    wanted = {mail.pk for mail in batch if mail.kind not in _checks}
    for kind in {mail.kind for mail in batch} & _checks.keys():
        mails = [mail for mail in batch if mail.kind == kind]
        keys = set(_checks[kind]([mail.key for mail in mails]))
        wanted |= {mail.pk for mail in mails if mail.key in keys}
    return wanted

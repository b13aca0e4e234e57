"""Views of the queue under a name: one's own, and those shared with a service."""

from contextlib import contextmanager

from django.db import IntegrityError, transaction

from cned_portal.common.verbs import verb
from crc.domain.refusals import Refusal
from crc.models import SavedFilter, Service, Tag

MOST_FILTERS = 30  # beside a queue, more would hide the queue


class NameTaken(Refusal):
    def __init__(self):
        super().__init__("Un autre de vos filtres porte déjà ce nom.")


@verb
def save_filter(*, name, chosen, acting_user):
    """Keep `chosen`, a QueueFilter, under a name. Raises Refusal for a search, an unknown choice, one filter too many.

    A search is not kept: its words may name a person, whom an erasure would not find here.
    """
    if chosen.query:
        raise Refusal("Une recherche ne s’enregistre pas : elle pourrait nommer une personne.")
    if chosen.service and not Service.objects.active().filter(code=chosen.service).exists():
        raise Refusal("Ce service n’existe plus : choisissez-en un autre dans la file.")
    if chosen.tag and not Tag.objects.active().filter(code=chosen.tag).exists():
        raise Refusal("Cette étiquette n’est plus proposée : choisissez-en une autre dans la file.")
    if SavedFilter.objects.filter(owner=acting_user).count() >= MOST_FILTERS:
        raise Refusal(f"Vous avez déjà {MOST_FILTERS} filtres : supprimez-en un d’abord.")
    with _name_once():
        return SavedFilter.objects.create(owner=acting_user, name=name, query=chosen.encoded())


@verb
def change_filter(saved, *, name, acting_user, shared_with=None):
    """Rename a filter, and share it with a service or with none; who may share is checked by who calls."""
    with _name_once():
        changed = SavedFilter.objects.filter(pk=saved.pk).update(name=name, shared_with=shared_with)
    if not changed:
        raise Refusal("Ce filtre a été supprimé entre-temps.")


@verb
def delete_filter(saved, *, acting_user):
    """Forget a filter; nothing happens when somebody did already."""
    SavedFilter.objects.filter(pk=saved.pk).delete()


@contextmanager
def _name_once():
    """The constraint speaks French: two clicks, or two names that differ by their case, give one filter."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "saved_filter_name_once" not in str(error):
            raise
        raise NameTaken from None

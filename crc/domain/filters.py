"""Views of the queue under a name: one's own, and those shared with a service."""

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
    return _written(SavedFilter(owner=acting_user, name=name, query=chosen.encoded()))


@verb
def change_filter(saved, *, name, acting_user, shared_with=None):
    """Rename a filter, and share it with a service or with none; who may share is checked by who calls."""
    saved.name, saved.shared_with = name, shared_with
    return _written(saved)


@verb
def delete_filter(saved, *, acting_user):
    """Forget a filter; nothing happens when somebody did already."""
    SavedFilter.objects.filter(pk=saved.pk).delete()


def _written(saved):
    try:
        with transaction.atomic():
            saved.save()
    except IntegrityError as error:
        if "saved_filter_name_once" in str(error):
            raise NameTaken from None
        raise
    return saved

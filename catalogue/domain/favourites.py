"""Trainings that a person keeps. A visitor's are in a signed cookie, and join the account at the first occasion."""

from django.core.exceptions import ValidationError

from catalogue.models import Favourite, Training
from cned_portal.common.verbs import verb
from cned_portal.users.models import User

FAVOURITES_MAX = 50
FULL = f"Vous gardez déjà {FAVOURITES_MAX} formations : retirez-en une pour en garder une autre."


class FavouritesFull(ValidationError):
    def __init__(self):
        super().__init__(FULL)


@verb
def keep_training(user, training, *, acting_user):
    """Keep a training, once; raises FavouritesFull beyond the limit."""
    mine = _mine(user)
    if not mine.filter(training=training).exists():
        if mine.count() >= FAVOURITES_MAX:
            raise FavouritesFull
        Favourite.objects.create(user=user, training=training)


@verb
def drop_training(user, training, *, acting_user):
    Favourite.objects.filter(user=user, training=training).delete()


@verb
def merge_favourites(user, training_keys, *, acting_user):
    """Add what a visitor had kept before signing in, within the limit; what is already there stays."""
    mine = _mine(user)
    known = set(mine.values_list("training", flat=True))
    new = Training.objects.published().filter(pk__in=training_keys).exclude(pk__in=known)
    room = max(0, FAVOURITES_MAX - len(known))
    Favourite.objects.bulk_create([Favourite(user=user, training=training) for training in new.order_by("pk")[:room]])


def _mine(user):
    """The person's rows; the lock makes two clicks come one after the other, so that the limit holds."""
    User.objects.select_for_update().get(pk=user.pk)
    return Favourite.objects.filter(user=user)


def favourite_trainings(user, training_keys):
    """Published trainings that are kept, the latest first: by the account, and in the cookie."""
    visible = Training.objects.published().select_related("diploma_type", "domain", "unit").defer("search_vector")
    if user is None:
        rank = {key: place for place, key in enumerate(training_keys)}
        rows = visible.with_enrolment_open().filter(pk__in=training_keys)
        return sorted(rows, key=lambda training: -rank[training.pk])
    kept = Favourite.objects.filter(user=user).order_by("-kept_at", "-pk").values_list("training", flat=True)
    rows = {training.pk: training for training in visible.with_enrolment_open().filter(pk__in=kept)}
    return [rows[key] for key in kept if key in rows]

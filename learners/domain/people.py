import secrets
from dataclasses import asdict, dataclass
from datetime import date

from django.db import IntegrityError, transaction

from cned_portal.common.verbs import verb
from learners.domain.profile import ADDRESS_FIELDS, move_in
from learners.domain.refusals import Refusal
from learners.enums import AddressKind, LearnerPublic
from learners.models import LearnerProfile
from learners.validators import luhn_key

NUMBER_ATTEMPTS = 5


@dataclass(frozen=True)
class Identity:
    """What a person says of themselves when they enrol; names only fill what the account does not know."""

    first_name: str = ""
    last_name: str = ""
    public: str = LearnerPublic.ADULT
    date_of_birth: date | None = None
    street: str = ""
    street_extra: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = "France"


def new_learner_number():
    """Ten digits: nine at random and a Luhn key, so that a slip of the pen is seen and no number tells the next."""
    digits = str(secrets.randbelow(900_000_000) + 100_000_000)
    return digits + luhn_key(digits)


def new_learner_numbers(count):
    """As many numbers that nobody has. What somebody else draws at the same moment meets the unique constraint."""
    free: set[str] = set()
    while len(free) < count:
        drawn = {new_learner_number() for _ in range(count - len(free))}
        free |= drawn - set(LearnerProfile.objects.filter(number__in=drawn).values_list("number", flat=True))
    return free


@verb
def register_learner(user, *, acting_user, identity=None):
    """The learner's file of an account, made if there is none; `identity` completes or corrects it."""
    profile = LearnerProfile.objects.select_for_update().filter(user=user).first() or _create(user)
    if not profile.is_open:
        raise Refusal("Ce dossier est fermé ou réuni à un autre : connectez-vous avec votre autre compte.")
    if identity is None:
        return profile
    names = {
        name: getattr(identity, name)
        for name in ("first_name", "last_name")
        if getattr(identity, name) and not getattr(user, name)
    }
    if names:
        for name, value in names.items():
            setattr(user, name, value)
        user.save(update_fields=list(names))
    said = asdict(identity)
    changed = [name for name in ("public", "date_of_birth") if getattr(profile, name) != said[name]]
    if changed:
        for name in changed:
            setattr(profile, name, said[name])
        profile.save(update_fields=changed)
    if any(getattr(profile, name) != said[name] for name in ADDRESS_FIELDS):
        address = {name: said[name] for name in ADDRESS_FIELDS}
        move_in(profile, kind=AddressKind.POSTAL, acting_user=acting_user, **address)
        profile.refresh_from_db(fields=ADDRESS_FIELDS)
    return profile


def _create(user):
    for _ in range(NUMBER_ATTEMPTS):
        try:
            with transaction.atomic():
                return LearnerProfile.objects.create(user=user, number=new_learner_number())
        except IntegrityError:
            twin = LearnerProfile.objects.filter(user=user).first()
            if twin is not None:
                return twin
    raise RuntimeError("no free learner number")

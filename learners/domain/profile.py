"""Verbs on what a learner says of themselves: situation, telephone, addresses, accommodations, consents."""

from django.utils import timezone

from cned_portal.common.verbs import verb
from learners.domain.refusals import Refusal
from learners.enums import AddressKind, ConsentPurpose
from learners.models import Accommodation, Address, ConsentEntry, Guardianship, LearnerProfile

ADDRESS_FIELDS = ("street", "street_extra", "postal_code", "city", "country")

# What the person reads before consenting. A changed text gets a new version: former entries keep theirs.
CONSENT_TEXTS = {
    ConsentPurpose.NEWS: (
        "1",
        "Le Cned peut m’écrire pour m’informer de formations qui peuvent m’intéresser, quelques fois par an.",
    ),
    ConsentPurpose.EXAMPLES: (
        "1",
        "Le Cned peut montrer mes travaux à d’autres apprenants en exemple, sans mon nom ni mon numéro.",
    ),
}


def locked_learner(learner):
    """The learner's row, held until the end of the transaction. Raises Refusal when the file is closed or joined."""
    found = LearnerProfile.objects.select_for_update(of=("self",)).select_related("user").get(pk=learner.pk)
    if not found.is_open:
        raise Refusal("Ce dossier est fermé ou réuni à un autre : il ne change plus.")
    return found


@verb
def update_profile(learner, *, public, situation, phone, accommodations, acting_user):
    """Say who one is to the institution and what should be arranged. Accommodations not chosen any more go."""
    found = locked_learner(learner)
    found.public, found.situation, found.phone = public, situation, phone
    found.save(update_fields=["public", "situation", "phone"])
    Accommodation.objects.filter(learner=found).exclude(kind__in=accommodations).delete()
    Accommodation.objects.bulk_create(
        [Accommodation(learner=found, kind=kind) for kind in accommodations], ignore_conflicts=True
    )
    return found


@verb
def move_in(learner, *, kind, acting_user, at=None, **address):
    """The learner lives, or receives parcels, elsewhere from now on; the former address is kept with its dates.

    An empty address closes the current one. Saying the same address again changes nothing.
    """
    at = at or timezone.now()
    found = locked_learner(learner)
    address = {name: address.get(name, "") for name in ADDRESS_FIELDS}
    current = Address.objects.current().filter(learner=found, kind=kind).first()
    is_empty = not any(address[name] for name in ("street", "postal_code", "city"))
    if current is not None and not is_empty and all(getattr(current, name) == address[name] for name in address):
        return current
    if current is not None:
        Address.objects.filter(pk=current.pk).update(valid_to=max(at, current.valid_from))
    if kind == AddressKind.POSTAL:
        _write_columns(found, {} if is_empty else address)
    return None if is_empty else Address.objects.create(learner=found, kind=kind, valid_from=at, **address)


def _write_columns(learner, address):
    """The same address on the profile, where the previous release and `address_lines` read it."""
    for name in ADDRESS_FIELDS:
        setattr(learner, name, address.get(name, learner.country if name == "country" else ""))
    learner.save(update_fields=list(ADDRESS_FIELDS))


def current_consents(learner):
    """The last word on each purpose: {(purpose, by_guardian): entry}, in one query."""
    rows = ConsentEntry.objects.filter(learner=learner).latest()
    return {(row.purpose, row.by_guardian): row for row in rows}


def consent_holds(learner, purpose, entries=None):
    """Whether the purpose may be served: the learner said yes and, under 15, a guardian who signs did too."""
    entries = current_consents(learner) if entries is None else entries
    own, guardian = entries.get((purpose, False)), entries.get((purpose, True))
    if own is None or not own.given:
        return False
    return bool(guardian and guardian.given) if learner.is_under_digital_majority else True


def consent_lines(learner, *, by_guardian=False):
    """What is asked on each purpose, what this side said, and whether it holds; nothing is said without a file."""
    entries = current_consents(learner) if learner else {}
    return [
        {
            "purpose": purpose.value,
            "label": purpose.label,
            "text": text,
            "entry": (entry := entries.get((purpose, by_guardian))),
            "said": bool(entry and entry.given),
            "holds": learner is not None and consent_holds(learner, purpose, entries),
        }
        for purpose, (_, text) in CONSENT_TEXTS.items()
    ]


@verb
def record_consent(learner, *, purpose, given, acting_user, at=None):
    """Note that a consent is given or withdrawn, by the learner or by a guardian who signs for a child under 15.

    Raises Refusal for anybody else. Saying again what one said of the same text adds nothing.
    """
    if purpose not in CONSENT_TEXTS:
        raise Refusal("Cette finalité n’existe pas.")
    found = locked_learner(learner)
    by_guardian = found.user_id != acting_user.pk
    if by_guardian and not (
        found.is_under_digital_majority
        and Guardianship.objects.signing().filter(learner=found, guardian=acting_user).exists()
    ):
        raise Refusal("Seuls l’apprenant et, avant ses 15 ans, son responsable légal consentent.")
    version, _ = CONSENT_TEXTS[purpose]
    last = current_consents(found).get((purpose, by_guardian))
    if (last is None and not given) or (last and last.given == given and last.text_version == version):
        return last
    return ConsentEntry.objects.create(
        learner=found,
        purpose=purpose,
        text_version=version,
        given=given,
        by=acting_user,
        by_guardian=by_guardian,
        at=at or timezone.now(),
    )

"""Facets of the whole visible catalogue, as bitmaps: counting what a choice gives costs microseconds, not queries.

Each visible training has a place; bit n of a bitmap stands for the training at place n. The index is computed once for
each state of the catalogue and each day, kept in the shared cache, and in memory by each process.
"""

from array import array
from collections import defaultdict
from dataclasses import dataclass
from functools import reduce
from operator import or_
from uuid import uuid4

from django.db.models import Exists, OuterRef
from django.utils import timezone

from catalogue.domain.version import kept
from catalogue.enums import Audience, DurationBand, Funding, Level, TeachingMode
from catalogue.models import DiplomaType, Domain, Training, TrainingAction, TrainingSession

OPEN = "ouverte"
FACETS = {
    "public": "Public",
    "niveau": "Niveau à l’issue",
    "type": "Type de formation",
    "domaine": "Domaine",
    "modalite": "Modalité",
    "financement": "Financement",
    "duree": "Durée",
    "inscription": "Inscription",
}
# True together for one action and one of its sessions: « à distance » and « ouverte » is not one of each.
OFFER_FACETS = ("modalite", "financement", "inscription")


@dataclass(frozen=True)
class FacetIndex:
    """`keys[place]` is a training's key; `values` and `offers` give bitmaps, `orders` places in the order of a sort.

    Places mean something in one index only: whoever keeps some keeps its `identity` too.
    """

    identity: str
    keys: array
    places: dict[int, int]
    labels: dict[str, dict[str, str]]
    values: dict[str, dict[str, int]]
    offers: tuple[tuple[dict[str, frozenset[str]], int], ...]
    orders: dict[str, array]
    open: int

    @property
    def everything(self):
        return (1 << len(self.keys)) - 1

    def matching(self, chosen):
        """Bitmap of the trainings that answer the choices `{facet: values}`: any value of each facet."""
        found = self.everything
        for name, values in chosen.items():
            if name not in OFFER_FACETS:
                found &= reduce(or_, (self.values[name].get(value, 0) for value in values), 0)
        if any(name in chosen for name in OFFER_FACETS):
            found &= self._offering(chosen)
        return found

    def counts(self, base, chosen, name):
        """For each value of a facet, how many trainings of `base` ticking it alone gives, the other choices kept."""
        others = {other: values for other, values in chosen.items() if other != name}
        if name in OFFER_FACETS:
            kept = base & self.matching({key: val for key, val in others.items() if key not in OFFER_FACETS})
            asked = {key: val for key, val in others.items() if key in OFFER_FACETS}
            found = {value: kept & self._offering({**asked, name: (value,)}) for value in self.labels[name]}
        else:
            kept = base & self.matching(others)
            found = {value: kept & having for value, having in self.values[name].items()}
        return {value: count for value, having in found.items() if (count := having.bit_count())}

    def _offering(self, chosen):
        """Bitmap of the trainings with one offer that answers every choice made on offers."""
        asked = [(name, set(chosen[name])) for name in OFFER_FACETS if name in chosen]
        found = 0
        for offer, trainings in self.offers:
            if all(offer[name] & values for name, values in asked):
                found |= trainings
        return found

    def pick(self, order, bitmap, start, stop):
        """Keys of the trainings of `bitmap`, in the given order of places, from one rank to another."""
        mask = f"{bitmap:b}"[::-1].ljust(len(self.keys), "0")
        return [self.keys[place] for place in [place for place in order if mask[place] == "1"][start:stop]]

    def is_open(self, key):
        """Whether one may enrol today in the training of this key."""
        place = self.places.get(key)
        return place is not None and bool(self.open >> place & 1)


def facet_index():
    """The index of the catalogue as it is now. No query while nothing changed, else four."""
    return kept("facets", _build)


def _build():
    today = timezone.localdate()
    rows = list(
        Training.objects.published().values_list(
            *("pk", "state", "sort_key", "published_at", "audiences", "level_after", "diploma_type__slug"),
            *("domain__slug", "duration_months"),
        )
    )
    places = {row[0]: place for place, row in enumerate(rows)}
    members = {name: defaultdict(list) for name in FACETS if name not in OFFER_FACETS}
    for place, (_, _, _, _, audiences, level, diploma_type, domain, months) in enumerate(rows):
        for audience in audiences:
            members["public"][audience].append(place)
        for name, value in (("niveau", level or None), ("type", diploma_type), ("domaine", domain)):
            if value is not None:
                members[name][str(value)].append(place)
        if months is not None:
            members["duree"][DurationBand.of(months)].append(place)
    open_sessions = TrainingSession.objects.open_on(today).filter(action=OuterRef("pk"))
    actions = TrainingAction.objects.filter(training__in=Training.objects.published()).values_list(
        "training_id", "teaching_mode", "fundings", "is_cpf_eligible", Exists(open_sessions)
    )
    offers = defaultdict(list)
    for training, mode, fundings, is_cpf, is_open in actions:
        if training in places:
            paid_by = frozenset(fundings) | ({Funding.CPF} if is_cpf else frozenset())
            offers[str(mode), paid_by, is_open].append(places[training])
    return FacetIndex(
        identity=uuid4().hex,
        keys=array("q", (row[0] for row in rows)),
        places=places,
        labels=_labels(),
        values={name: {value: bits(found) for value, found in of.items()} for name, of in members.items()},
        offers=tuple(
            (
                {
                    "modalite": frozenset([mode]),
                    "financement": frozenset(map(str, paid_by)),
                    "inscription": frozenset([OPEN] if is_open else []),
                },
                bits(found),
            )
            for (mode, paid_by, is_open), found in offers.items()
        ),
        orders={
            "": _order(rows, lambda row: (row[1] != "published", row[2], row[0])),
            "cle": _order(rows, lambda row: row[0]),
            "titre": _order(rows, lambda row: (row[2], row[0])),
            "recent": _order(rows, lambda row: (-row[3].timestamp(), row[0])),
        },
        open=bits(place for (_, _, is_open), found in offers.items() if is_open for place in found),
    )


def _labels():
    return {
        "public": dict(Audience.choices),
        "niveau": {str(value): label for value, label in Level.choices if value},
        "type": dict(DiplomaType.objects.order_by("rank", "name").values_list("slug", "name")),
        "domaine": dict(Domain.objects.order_by("slug").values_list("slug", "name")),
        "modalite": {str(value): label for value, label in TeachingMode.choices},
        "financement": dict(Funding.choices),
        "duree": dict(DurationBand.choices),
        "inscription": {OPEN: "Inscriptions ouvertes"},
    }


def bits(places):
    """Bitmap of some places."""
    packed = bytearray()
    for place in places:
        if place >> 3 >= len(packed):
            packed.extend(bytes((place >> 3) - len(packed) + 1))
        packed[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(packed, "little")


def _order(rows, key):
    return array("I", sorted(range(len(rows)), key=lambda place: key(rows[place])))

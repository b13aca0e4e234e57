"""Search of the published trainings: results, facets counted on exactly what the results show, one shareable state."""

import hashlib
from array import array
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.core.cache import cache
from django.db.models import Case, F, IntegerField, Q, Value, When
from django.db.models.functions import Length

from catalogue.domain.queries.facets import FACETS, bits, facet_index
from catalogue.domain.queries.understanding import Understood, understand
from catalogue.domain.version import KEEP_SECONDS
from catalogue.enums import Level
from catalogue.models import PageContent, Training

PAGE_SIZE = 20
SORTS = {"pertinence": "Pertinence", "titre": "Intitulé", "recent": "Mise en ligne récente"}
_WEIGHTS = [0.05, 0.2, 0.5, 1.0]  # long texts, jobs, subject, title


@dataclass(frozen=True)
class SearchState:
    """The state of a search: it is all in the address."""

    q: str = ""
    facets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = "pertinence"
    page: int = 1

    def query_string(self, **changes):
        state = replace(self, **{"page": 1, **changes})
        pairs = [("q", state.q)] if state.q else []
        pairs += [(name, value) for name in FACETS for value in state.facets.get(name, ())]
        pairs += [("tri", state.sort)] if state.sort != "pertinence" else []
        pairs += [("page", state.page)] if state.page > 1 else []
        return urlencode(pairs)

    def without(self, name, value):
        kept = tuple(item for item in self.facets.get(name, ()) if item != value)
        return self.query_string(facets={**self.facets, name: kept})


@dataclass(frozen=True)
class FacetValue:
    value: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True)
class Facet:
    name: str
    label: str
    values: list[FacetValue]

    @property
    def shown(self):
        return [item for rank, item in enumerate(self.values) if rank < 8 or item.selected]

    @property
    def folded_away(self):
        return [item for rank, item in enumerate(self.values) if rank >= 8 and not item.selected]


@dataclass(frozen=True)
class SearchResults:
    state: SearchState
    understood: Understood
    trainings: list
    count: int
    pages: int
    facets: list[Facet]
    relaxation: str  # "": every term found; "some": one term left out; "any": at least one term; "none": nothing

    @property
    def selected(self):
        return [(facet, item) for facet in self.facets for item in facet.values if item.selected]

    @property
    def is_missed(self):
        """Whether the catalogue has no answer to what was typed, whatever the facets."""
        return bool(self.state.q) and self.relaxation != ""


def search(state):
    """Results of a state; never raises on what a visitor may type. A constant number of queries."""
    index = facet_index()
    chosen = {
        name: tuple(v for v in dict.fromkeys(state.facets.get(name, ())) if v in index.labels[name]) for name in FACETS
    }
    state = replace(state, facets={name: values for name, values in chosen.items() if values})
    found = _found(index, state.q)
    base = found.base(index)
    results = base & index.matching(state.facets)
    count = results.bit_count()
    pages = max(1, -(-count // PAGE_SIZE))
    state = replace(state, page=min(max(1, state.page), pages))
    start = (state.page - 1) * PAGE_SIZE
    by_relevance = found.order if found.order is not None else index.orders[""]
    order = index.orders.get(state.sort, by_relevance)
    return SearchResults(
        state=state,
        understood=found.understood,
        trainings=_rows(index, index.pick(order, results, start, start + PAGE_SIZE)) if count else [],
        count=count,
        pages=pages,
        facets=[_facet(index, base, state, name) for name in FACETS],
        relaxation=found.relaxation,
    )


def matching_keys(state, *, after, count):
    """Keys of the trainings that answer a state, in the order of keys, from the first above `after`.

    The same trainings as `search` shows, for readers who go through all of them.
    """
    index = facet_index()
    chosen = {name: values for name, values in state.facets.items() if values}
    found = _found(index, state.q).base(index) & index.matching(chosen)
    order = index.orders["cle"]
    return index.pick(order[bisect_right(order, after, key=index.keys.__getitem__) :], found, 0, count)


@dataclass(frozen=True)
class _Found:
    """What a text finds, whatever the facets. `order`: places, the most relevant first; None where no word is asked."""

    understood: Understood
    order: array | None
    relaxation: str
    level: Level | None = None

    def base(self, index):
        found = index.everything if self.order is None else bits(self.order)
        return found if self.level is None else found & index.matching({"niveau": (str(self.level.value),)})


def _found(index, text):
    """What the text finds; kept while the catalogue does not change, so that facets and pages do not search again."""
    if not text:
        return _Found(Understood(), None, "")
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    key = f"catalogue:found:{index.identity}:{digest}"
    found = cache.get(key)
    if found is None:
        found = _match(index, understand(text))
        cache.set(key, found, KEEP_SECONDS)
    return found


def _match(index, understood):
    """Trainings that answer the terms; fewer terms are asked when nothing answers all of them."""
    terms = [term.tsquery() for term in understood.terms]
    if not terms:
        if understood.typed and understood.level is None:
            return _Found(understood, array("I"), "none")
        return _Found(understood, None, "", understood.level)
    attempts = [("", " & ".join(terms), understood.level)]
    if understood.level is not None:
        attempts.append(("some", " & ".join(terms), None))
    if len(terms) > 1:
        without_one = [" & ".join(terms[:skip] + terms[skip + 1 :]) for skip in range(len(terms))]
        if len(terms) > 2:
            attempts.append(("some", "(" + ") | (".join(without_one) + ")", None))
        attempts.append(("any", " | ".join(terms), None))
    for relaxation, text, level in attempts:
        keys = _ranked(text, understood)
        found = _Found(
            understood, array("I", (index.places[key] for key in keys if key in index.places)), relaxation, level
        )
        if found.base(index):
            return found
    return _Found(understood, array("I"), "none")


def _rows(index, keys):
    """The trainings of the keys, in their order, each with `enrolment_open`."""
    rows = Training.objects.published().select_related("unit", "domain", "diploma_type")
    found = rows.defer("search_vector", *_LONG_TEXTS).in_bulk(keys)
    trainings = [found[key] for key in keys if key in found]
    for training in trainings:
        training.enrolment_open = index.is_open(training.pk)
    return trainings


_LONG_TEXTS = [
    field.name for field in PageContent._meta.get_fields() if field.name not in ("summary", "duration", "updated_on")
]


def _query(text):
    return SearchQuery(text, config="simple", search_type="raw")


def _facet(index, base, state, name):
    """Counts over the other facets' choices: ticking a value gives exactly the number beside it."""
    counts = index.counts(base, state.facets, name)
    chosen = state.facets.get(name, ())
    values = [
        FacetValue(value, text, counts.get(value, 0), value in chosen)
        for value, text in index.labels[name].items()
        if value in counts or value in chosen
    ]
    if name == "domaine":
        values.sort(key=lambda item: -item.count)
    return Facet(name, FACETS[name], values)


def _ranked(text, understood):
    """Keys of the trainings that answer the query: exact title, then title, then subject and jobs.

    Inside each, open to enrolment before closed.
    """
    terms = understood.terms
    everything = _query(" & ".join(term.tsquery() for term in terms))
    in_title = _query(" & ".join(term.tsquery("A") for term in terms))
    starts = Q()
    for key in understood.title_keys:
        starts |= Q(title_key__startswith=f"{key} ")
    matched = sum(
        (
            Case(
                When(search_vector=_query(term.tsquery("AB")), then=Value(1)),
                default=Value(0),
                output_field=IntegerField(),
            )
            for term in terms
        ),
        start=Value(0),
    )
    return (
        Training.objects.published()
        .filter(search_vector=_query(text))
        .with_enrolment_open()
        .annotate(
            tier=Case(
                When(title_key__in=understood.title_keys, then=Value(0)),
                When(starts, then=Value(1)),
                When(search_vector=in_title, then=Value(2)),
                When(search_vector=everything, then=Value(3)),
                default=Value(4),
                output_field=IntegerField(),
            ),
            matched=matched,
            rank=SearchRank(F("search_vector"), _query(" | ".join(term.tsquery() for term in terms)), weights=_WEIGHTS),
            title_length=Length("title"),
        )
        .order_by("tier", "-matched", F("state").desc(), "-enrolment_open", "-rank", "title_length", "sort_key", "pk")
        .values_list("pk", flat=True)
    )


def main_domains():
    """The domains with most trainings, proposed to those who found nothing: (slug, name, count)."""
    index = facet_index()
    counts = index.counts(index.everything, {}, "domaine")
    names = index.labels["domaine"]
    return sorted(((slug, names[slug], count) for slug, count in counts.items()), key=lambda row: (-row[2], row[1]))[:8]

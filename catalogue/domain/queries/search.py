"""Search of the published trainings: results, facets counted on exactly what the results show, one shareable state."""

from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import Case, Count, F, Func, IntegerField, Q, TextField, Value, When
from django.db.models.functions import Length

from catalogue.domain.queries.understanding import Understood, understand
from catalogue.enums import Audience, Level
from catalogue.models import DiplomaType, Domain, PageContent, Training

PAGE_SIZE = 20
_WEIGHTS = [0.05, 0.2, 0.5, 1.0]  # long texts, jobs, subject, title

SORTS = {"pertinence": "Pertinence", "titre": "Intitulé", "recent": "Mise en ligne récente"}
FACETS = {
    "public": ("Public", "audiences"),
    "niveau": ("Niveau à l’issue", "level_after"),
    "type": ("Type de formation", "diploma_type__slug"),
    "domaine": ("Domaine", "domain__slug"),
}


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


def facet_labels():
    """Values that exist for each facet: others are ignored."""
    return {
        "public": dict(Audience.choices),
        "niveau": {str(value): label for value, label in Level.choices if value},
        "type": dict(DiplomaType.objects.order_by("rank", "name").values_list("slug", "name")),
        "domaine": dict(Domain.objects.order_by("slug").values_list("slug", "name")),
    }


def search(state):
    """Results of a state; never raises on what a visitor may type. A constant number of queries."""
    labels = facet_labels()
    facets = {name: tuple(v for v in dict.fromkeys(state.facets.get(name, ())) if v in labels[name]) for name in FACETS}
    state = replace(state, facets={name: values for name, values in facets.items() if values})
    understood = understand(state.q)
    base, relaxation = _matching(understood)
    filtered = _filter(base, state)
    count = filtered.count()
    pages = max(1, -(-count // PAGE_SIZE))
    state = replace(state, page=min(max(1, state.page), pages))
    start = (state.page - 1) * PAGE_SIZE
    rows = _ordered(filtered, understood, state).select_related("unit", "domain", "diploma_type")
    rows = rows.defer("search_vector", *_LONG_TEXTS)
    return SearchResults(
        state=state,
        understood=understood,
        trainings=list(rows[start : start + PAGE_SIZE]) if count else [],
        count=count,
        pages=pages,
        facets=[_facet(base, state, name, labels[name]) for name in FACETS],
        relaxation=relaxation,
    )


_LONG_TEXTS = [
    field.name for field in PageContent._meta.get_fields() if field.name not in ("summary", "duration", "updated_on")
]


def _query(text):
    return SearchQuery(text, config="simple", search_type="raw")


def _matching(understood):
    """Published trainings that answer the terms; fewer terms are asked when nothing answers all of them."""
    published = Training.objects.published()
    with_level = published if understood.level is None else published.filter(level_after=understood.level)
    terms = [term.tsquery() for term in understood.terms]
    if not terms:
        if understood.typed and understood.level is None:
            return published.none(), "none"
        return with_level, ""
    attempts = [("", with_level, [" & ".join(terms)])]
    if understood.level is not None:
        attempts.append(("some", published, [" & ".join(terms)]))
    if len(terms) > 1:
        without_one = [" & ".join(terms[:skip] + terms[skip + 1 :]) for skip in range(len(terms))]
        if len(terms) > 2:
            attempts.append(("some", published, ["(" + ") | (".join(without_one) + ")"]))
        attempts.append(("any", published, [" | ".join(terms)]))
    for relaxation, queryset, (text,) in attempts:
        found = queryset.filter(search_vector=_query(text))
        if found.exists():
            return found, relaxation
    return published.none(), "none"


def _filter(queryset, state, skip=None):
    for name, (_, lookup) in FACETS.items():
        values = state.facets.get(name)
        if not values or name == skip:
            continue
        if name == "public":
            queryset = queryset.filter(audiences__overlap=list(values))
        else:
            queryset = queryset.filter(**{f"{lookup}__in": values})
    return queryset


def _facet(base, state, name, labels):
    """Counts over the other facets' choices: ticking a value gives exactly the number beside it."""
    label, lookup = FACETS[name]
    queryset = _filter(base, state, skip=name).order_by()
    if name == "public":
        queryset = queryset.annotate(value=Func(F("audiences"), function="unnest", output_field=TextField()))
    else:
        queryset = queryset.annotate(value=F(lookup))
    counts = {str(value): count for value, count in queryset.values_list("value").annotate(count=Count("pk"))}
    chosen = state.facets.get(name, ())
    values = [
        FacetValue(value, text, counts.get(value, 0), value in chosen)
        for value, text in labels.items()
        if value in counts or value in chosen
    ]
    if name == "domaine":
        values.sort(key=lambda item: -item.count)
    return Facet(name, label, values)


def _ordered(queryset, understood, state):
    """Exact title, then title, then subject and jobs; inside each, open to enrolment before closed."""
    if state.sort == "titre":
        return queryset.with_enrolment_open().order_by("sort_key", "pk")
    if state.sort == "recent":
        return queryset.with_enrolment_open().order_by("-published_at", "pk")
    queryset = queryset.with_enrolment_open()
    if not understood.terms:
        return queryset.order_by(F("state").desc(), "sort_key", "pk")
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
    return queryset.annotate(
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
    ).order_by("tier", "-matched", F("state").desc(), "-enrolment_open", "-rank", "title_length", "sort_key", "pk")


def main_domains():
    """The domains with most trainings, proposed to those who found nothing: (slug, name, count)."""
    return list(
        Domain.objects.filter(trainings__in=Training.objects.published())
        .values_list("slug", "name")
        .annotate(count=Count("trainings"))
        .order_by("-count", "name")[:8]
    )

"""Success rates by session, voie and status, as the public page shows them."""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count, Q, Sum

from cned_portal.common.charts import Break, Point, Series, line_chart
from exams.domain.queries.statistics import (
    UNKNOWN,
    Rate,
    ShownCounts,
    shown_counts,
    success_rate,
)
from exams.enums import ACADEMIES, NATIONAL, CandidateStatus, Pathway, Release
from exams.models import ReferenceLoad, ReferenceResult, SeriesBreak

SUMMED = ("registered", "present", "admitted")


@dataclass(frozen=True)
class ResultRow:
    """Candidates of one session, voie and status over the whole of France. Unknown counts are None.

    `academies` is how many académies the session's figures add up, or None for a national figure given as such. It is
    counted over the session: a status that exists in a few académies only is whole all the same.
    """

    year: int
    pathway: str
    status: str
    registered: int | None
    present: int | None
    admitted: int | None
    academies: int | None

    @property
    def pathway_label(self):
        return Pathway(self.pathway).label

    @property
    def status_label(self):
        return CandidateStatus(self.status).label

    @cached_property
    def rate(self) -> Rate:
        return success_rate(self.admitted, self.present)

    @cached_property
    def shown(self) -> ShownCounts:
        return shown_counts(self.registered, self.present, self.admitted)

    @property
    def admitted_of_registered(self):
        """Admis / inscrits in per cent, the cross-check of the rate; None wherever the rate itself is not shown."""
        if not self.rate.is_shown or not self.registered:
            return None
        return 100 * self.admitted / self.registered

    @property
    def is_partial(self):
        return self.academies is not None and self.academies < ACADEMIES


@dataclass(frozen=True)
class ExplainedBreak:
    """What broke a series, said once for all the voies and statuses it concerns."""

    scope: str
    reason: str
    source: str


@dataclass(frozen=True)
class Results:
    """Every row known, then what the filters keep."""

    rows: tuple[ResultRow, ...]
    years: tuple[int, ...]
    breaks: tuple[SeriesBreak, ...]
    load: ReferenceLoad | None

    def table(self, *, year=None, pathway="", status=""):
        return [
            row
            for row in self.rows
            if (year is None or row.year == year)
            and (not pathway or row.pathway == pathway)
            and (not status or row.status == status)
        ]

    def breaks_for(self, pathway, statuses):
        """Breaks that concern the voie and one of the statuses, for the sessions that are shown."""
        return [
            item
            for item in self.breaks
            if item.session.year in self.years
            and item.pathway in {"", pathway}
            and (not item.status or item.status in statuses)
        ]

    def explained_breaks(self, pathways, statuses):
        """The breaks of these voies, those that share their reason together."""
        grouped = {}
        for pathway in pathways:
            for item in self.breaks_for(pathway, statuses):
                key = (item.session.year, item.status, item.reason, item.source)
                grouped.setdefault(key, set()).add(item.pathway)
        return [
            ExplainedBreak(_scope(year, pathways, status), reason, source)
            for (year, status, reason, source), pathways in sorted(grouped.items(), key=lambda group: group[0][:2])
        ]

    def chart(self, *, pathway, status=""):
        """Rates by session for one voie, one line for each status; None without any row."""
        rows = self.table(pathway=pathway, status=status)
        if not rows:
            return None
        statuses = [value for value in CandidateStatus.values if any(row.status == value for row in rows)]
        found = {(row.year, row.status): row for row in rows}
        series = [
            Series(
                CandidateStatus(value).label, tuple(_point(year, found.get((year, value))) for year in self.years[::-1])
            )
            for value in statuses
        ]
        title = f"Taux de réussite au baccalauréat, voie {Pathway(pathway).label.lower()}, par session"
        breaks = [Break(str(item.session.year), item.label) for item in self.breaks_for(pathway, statuses)]
        return line_chart(title=title, series=series, breaks=breaks, unit="%", x_label="Session")


def _scope(year, pathways, status):
    labels = [label.lower() for value, label in Pathway.choices if value in pathways]
    parts = [f"Session {year}"]
    if labels and "" not in pathways:
        parts.append(f"voie {labels[0]}" if len(labels) == 1 else f"voies {' et '.join(labels)}")
    if status:
        parts.append(CandidateStatus(status).label.lower())
    return ", ".join(parts)


def _point(year, row):
    if row is None or not row.rate.is_shown:
        return Point(str(year), None)
    return Point(str(year), row.rate.percent, row.rate.low, row.rate.high)


def bac_results(release=Release.DEFINITIVE):
    """Results of every session; three queries, whatever the volume."""
    rows = _rows(release)
    breaks = SeriesBreak.objects.select_related("session").order_by("session__year", "pathway", "status", "pk")
    load = ReferenceLoad.objects.filter(release=release).order_by("-loaded_at", "-pk").first()
    years = tuple(sorted({row.year for row in rows}, reverse=True))
    return Results(tuple(rows), years, tuple(breaks), load)


def _rows(release):
    """Detailed rows added up where there are some; otherwise the national row, never both."""
    detailed, national = ~Q(academy=NATIONAL), Q(academy=NATIONAL)
    sums = {
        f"{kind}_{name}": Sum(name, filter=condition)
        for kind, condition in (("detailed", detailed), ("national", national))
        for name in SUMMED
    }
    missing = {f"missing_{name}": Count("pk", filter=detailed & Q(**{f"{name}__isnull": True})) for name in SUMMED}
    groups = (
        ReferenceResult.objects.filter(release=release)
        .values("session__year", "pathway", "status")
        .annotate(academies=Count("academy", filter=detailed, distinct=True), **sums, **missing)
    )
    pathways, statuses = Pathway.values, CandidateStatus.values
    order = {value: rank for rank, value in enumerate([*pathways, *statuses])}
    groups = list(groups)
    coverage = {}
    for group in groups:
        year = group["session__year"]
        coverage[year] = max(coverage.get(year, 0), group["academies"])
    rows = [_row(group, coverage[group["session__year"]]) for group in groups]
    return sorted(rows, key=lambda row: (-row.year, order[row.pathway], order[row.status]))


def _row(group, academies):
    kind = "detailed" if group["academies"] else "national"
    # A sum over an unknown cell is unknown: it would be too low.
    counts = {
        name: None if kind == "detailed" and group[f"missing_{name}"] else group[f"{kind}_{name}"] for name in SUMMED
    }
    return ResultRow(
        year=group["session__year"],
        pathway=group["pathway"],
        status=group["status"],
        academies=academies if kind == "detailed" else None,
        **counts,
    )


__all__ = ["UNKNOWN", "ResultRow", "Results", "bac_results"]

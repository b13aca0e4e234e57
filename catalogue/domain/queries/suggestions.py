"""Suggestions while typing: titles and jobs that hold the beginnings of the words typed, else the words corrected."""

from dataclasses import dataclass
from heapq import nsmallest

from catalogue.domain.queries.understanding import understand
from catalogue.domain.version import kept
from catalogue.models import Occupation, Training
from cned_portal.common.text import words

LETTERS_MIN = 3
TEXT_MAX = 100
TITLES_MAX, JOBS_MAX = 6, 3


@dataclass(frozen=True)
class Suggestions:
    """`titles`: (title, slug); `jobs`: (name as typed by people, ROME code); `corrected`: another text to search."""

    titles: tuple[tuple[str, str], ...] = ()
    jobs: tuple[tuple[str, str], ...] = ()
    corrected: str = ""

    @property
    def count(self):
        return len(self.titles) + len(self.jobs) + bool(self.corrected)


def suggest(text):
    """What to propose for a text being typed; any text is accepted. No query while the catalogue does not change."""
    typed = words(text[:TEXT_MAX])
    if sum(map(len, typed)) < LETTERS_MIN:
        return Suggestions()
    titles, jobs = kept("suggestions", _read)
    found = Suggestions(
        tuple((title, slug) for _, title, slug in _best(titles, typed, TITLES_MAX)),
        tuple((name, code) for _, name, code in _best(jobs, typed, JOBS_MAX)),
    )
    if found.count:
        return found
    understood = understand(text[:TEXT_MAX])
    return Suggestions(corrected=understood.corrected_text if understood.corrections else "")


def _best(rows, typed, count):
    """Rows where each typed word begins a word: those that begin as the text does first, then the shortest."""
    for word in typed:
        beginning = f" {word}"
        rows = [row for row in rows if beginning in row[0]]
    start = f" {' '.join(typed)}"
    return nsmallest(count, rows, key=lambda row: (not row[0].startswith(start), len(row[0]), row[0]))


def _read():
    """Titles and job names of what is visible, each folded with a space before every word."""
    visible = Training.objects.published()
    titles = [(_folded(title), title, slug) for title, slug in visible.values_list("title", "slug")]
    jobs = {
        (_folded(name), name, occupation.code)
        for occupation in Occupation.objects.filter(trainings__in=visible).distinct()
        for name in (occupation.label, *occupation.names)
    }
    return titles, list(jobs)


def _folded(text):
    return f" {' '.join(words(text))}"

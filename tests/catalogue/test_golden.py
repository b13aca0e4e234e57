"""Golden queries: what people type, and what they must find among the first three."""

import json
import os
from pathlib import Path

import pytest

from catalogue.domain.queries.search import SearchState, search
from cned_portal.common.text import sort_key
from cned_portal.demo.catalogue import load

OWN = json.loads((Path(__file__).parent / "golden_queries.json").read_text(encoding="utf-8"))


def shared():
    folder = os.environ.get("CNED_SHARED_DATA")
    path = Path(folder) / "search" / "requetes_or.json" if folder else None
    if path is None or not path.exists():
        return []
    return [(i["requete"], i["attendu_dans_top3"], i["interdit_top1"]) for i in json.loads(path.read_text("utf-8"))]


def failures(queries):
    """Queries whose expected title is not among the first three, or whose first result is a forbidden one."""
    failed = []
    for query, expected, forbidden_first in queries:
        titles = [f"{sort_key(training.title)} " for training in search(SearchState(q=query)).trainings[:3]]
        found = any(expected in title for title in titles)
        if not found or (forbidden_first and forbidden_first in titles[0]):
            failed.append((query, expected, titles))
    return failed


@pytest.mark.django_db
def test_golden_queries_find_what_people_mean():
    load()
    assert failures([(query, expected, "") for query, expected in OWN]) == []
    assert failures(shared()) == []
    first = search(SearchState(q="cap petite enfance")).trainings[0]
    assert first.title == "CAP Accompagnant éducatif petite enfance"

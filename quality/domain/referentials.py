"""Loading the referential's versions from the project's own file."""

import tomllib
from pathlib import Path

from cned_portal.common.verbs import verb
from quality.models import Criterion, Indicator, ReferentialVersion

DATA = Path(__file__).parent.parent / "data" / "referentials.toml"
_COPIED = ("type", "categories", "severity", "label")
_OPTIONAL = ("condition", "expected", "evidence", "minor_when", "notes")


@verb
def load_referentials(*, acting_user, path=DATA):
    """Write both versions as the file says; run again, it changes only what the file changed.

    An indicator whose text is the same in both versions is written once in the file; `text_2019` and `change` tell
    where they differ; `since` names the version that brought it. Number of indicators in force in each version.
    """
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    counts = {}
    for row in data["version"]:
        version, _ = ReferentialVersion.objects.update_or_create(
            code=row["code"],
            defaults={name: row.get(name) for name in ("name", "law", "in_force_from", "in_force_until")},
        )
        criteria = {
            criterion["number"]: Criterion.objects.update_or_create(
                version=version, number=criterion["number"], defaults={"text": criterion["text"]}
            )[0]
            for criterion in data["criterion"]
        }
        wanted = [one for one in data["indicator"] if one.get("since", version.code) == version.code]
        for one in wanted:
            Indicator.objects.update_or_create(
                version=version, number=one["number"], defaults=_values(one, version, criteria)
            )
        version.indicators.exclude(number__in=[one["number"] for one in wanted]).delete()
        counts[version.code] = len(wanted)
    return counts


def _values(row, version, criteria):
    is_first = version.code == "2019"
    return {
        **{name: row[name] for name in _COPIED},
        **{name: row.get(name, "") for name in _OPTIONAL},
        "adapted_for_newcomers": row.get("adapted_for_newcomers", False),
        "fed_by": row.get("fed_by", []),
        "criterion": criteria[row["criterion"]],
        "text": row.get("text_2019", row["text"]) if is_first else row["text"],
        "change": "" if is_first else row.get("change", ""),
    }

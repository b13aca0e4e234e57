"""The dated amounts of the personal training account, kept in a file of the project and edited in the back-office."""

import tomllib
from decimal import Decimal
from pathlib import Path

from catalogue.models import CpfRule
from cned_portal.common.verbs import verb

FILE = Path(__file__).parents[1] / "data" / "cpf_rules.toml"


@verb
def load_cpf_rules(*, acting_user):
    """Add the rules of the file that are not known; what an editor changed stays. Number of rules added."""
    rules = tomllib.loads(FILE.read_text(encoding="utf-8"))["rule"]
    known = set(CpfRule.objects.values_list("starts_on", flat=True))
    fresh = [rule for rule in rules if rule["starts_on"] not in known]
    for rule in fresh:
        CpfRule.objects.create(**{**rule, "participation": Decimal(rule["participation"])})
    return len(fresh)

"""The referential as the law has it: versions by date of audit, categories, conditions."""

from datetime import date

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from quality.domain.queries.referentials import applicability, version_at, versions_of
from quality.domain.referentials import load_referentials
from quality.enums import Category, Condition, Severity
from quality.models import Indicator, ReferentialVersion

pytestmark = pytest.mark.django_db
EVERY = list(Condition.values)


@pytest.fixture(autouse=True)
def _loaded():
    load_referentials(acting_user=None)


def applicable(day, *categories, conditions=EVERY):
    return {one.indicator.number for one in applicability(version_at(day), categories, conditions) if one.applies}


def test_date_of_the_audit_selects_the_version():
    assert version_at(date(2026, 10, 31)).code == "2019"
    assert version_at(date(2026, 11, 1)).code == "2026"
    assert version_at(date(2019, 1, 1)) is None


@pytest.mark.parametrize(
    ("category", "before", "since"),
    [(Category.TRAINING, 28, 28), (Category.SKILLS_REVIEW, 22, 22), (Category.VAE, 24, 24),
     (Category.APPRENTICESHIP, 32, 33)],
)  # fmt: skip
def test_number_of_indicators_of_a_category(category, before, since):
    assert len(applicable(date(2026, 10, 31), category)) == before
    assert len(applicable(date(2026, 11, 1), category)) == since


def test_conditions_take_indicators_away():
    without = applicable(date(2026, 11, 1), Category.TRAINING, conditions=[])
    assert applicable(date(2026, 11, 1), Category.TRAINING) - without == {3, 7, 13, 16, 27, 28}


def test_every_indicator_says_why():
    found = applicability(version_at(date(2026, 11, 1)), [Category.VAE], [])
    reasons = {one.indicator.number: one.reason for one in found}
    assert reasons[33] == "Ne concerne que : CFA."
    assert reasons[3] == "Demande : prestations conduisant à une certification professionnelle."
    assert reasons[1] == "Concerne : VAE."


def test_severity_partitions_the_indicators_and_does_not_guess():
    major = {4, 5, 6, 7, 10, 11, 14, 15, 16, 20, 21, 22, 26, 27, 29, 31, 32}
    rows = Indicator.objects.filter(version__code="2026")
    assert set(rows.filter(severity=Severity.MAJOR_ONLY).values_list("number", flat=True)) == major
    assert list(rows.filter(severity=Severity.UNKNOWN).values_list("number", flat=True)) == [33]


def test_twelve_indicators_changed_in_substance_and_one_in_punctuation():
    changed = [one.number for one in Indicator.objects.filter(version__code="2026").exclude(change="")]
    assert changed == [1, 2, 3, 7, 12, 14, 15, 19, 20, 27, 30, 31, 32, 33]
    latest, earlier = versions_of(2)
    assert "modalités de calcul" in latest.text
    assert "modalités de calcul" not in earlier.text
    assert len(versions_of(33)) == 1


def test_loading_twice_changes_nothing():
    before = list(Indicator.objects.order_by("pk").values())
    events = Indicator.pgh_event_model.objects.count()
    call_command("load_referentials", verbosity=0)
    assert list(Indicator.objects.order_by("pk").values()) == before
    assert Indicator.pgh_event_model.objects.count() == events


def test_two_versions_never_apply_on_the_same_day():
    with pytest.raises(IntegrityError, match="referential_one_at_a_time"), transaction.atomic():
        ReferentialVersion.objects.create(code="x", name="x", law="x", in_force_from=date(2026, 6, 1))

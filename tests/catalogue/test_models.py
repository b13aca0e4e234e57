from datetime import date

import pytest
from django.db import IntegrityError, transaction

from catalogue.enums import TrainingKind, TrainingState
from catalogue.models import EntryHighlight, Training, TrainingCertification
from tests.catalogue.factories import (
    CertificationFactory,
    ResultIndicatorFactory,
    TrainingActionFactory,
    TrainingFactory,
    TrainingSessionFactory,
)

pytestmark = pytest.mark.django_db


def refused(name):
    return pytest.raises(IntegrityError, match=name)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"state": TrainingState.PUBLISHED}, "training_published_dated"),
        ({"state": TrainingState.CLOSED}, "training_closed_dated"),
        ({"kind": TrainingKind.CENTRAL_PROJECT, "perimeter": "competitive"}, "training_central_project_plain"),
        ({"closing_on": date(2026, 9, 1), "served_until": date(2026, 8, 1)}, "training_served_after_closing"),
    ],
)
def test_database_refuses_training(fields, constraint):
    with refused(constraint):
        TrainingFactory(**fields)


def test_database_refuses_training_that_replaces_itself():
    training = TrainingFactory()
    with refused("training_not_its_successor"):
        Training.objects.filter(pk=training.pk).update(successor=training)


@pytest.mark.parametrize(
    ("add", "table"),
    [
        (lambda training: TrainingActionFactory(training=training), "action"),
        (
            lambda training: TrainingCertification.objects.create(
                training=training, certification=CertificationFactory()
            ),
            "certification",
        ),
    ],
)
def test_central_project_has_no_price_session_or_certification(add, table):
    with refused("central project"), transaction.atomic():
        add(TrainingFactory(central_project=True))
    ordinary = TrainingFactory(complete=True)
    add(ordinary)
    with refused("central project"):
        Training.objects.filter(pk=ordinary.pk).update(
            kind=TrainingKind.CENTRAL_PROJECT, perimeter="", recognition="none"
        )


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"numerator": 11, "denominator": 10}, "result_indicator_is_a_share"),
        ({"numerator": 0, "denominator": 0}, "result_indicator_is_a_share"),
        ({"method": ""}, "result_indicator_method_said"),
        ({"period_start": date(2030, 1, 1)}, "result_indicator_period_ordered"),
    ],
)
def test_database_refuses_indicator(fields, constraint):
    with refused(constraint):
        ResultIndicatorFactory(**fields)


def test_database_refuses_sessions_with_crossed_dates():
    with refused("training_session_enrolment_ordered"):
        TrainingSessionFactory(enrolment_opens_on=date(2026, 9, 2), enrolment_closes_on=date(2026, 9, 1))


def test_enrolment_is_open_when_one_session_is():
    session = TrainingSessionFactory(enrolment_opens_on=date(2026, 9, 1), enrolment_closes_on=date(2026, 9, 30))
    for day, expected in ((date(2026, 8, 31), False), (date(2026, 9, 1), True), (date(2026, 10, 1), False)):
        assert Training.objects.with_enrolment_open(on=day).get().enrolment_open is expected
        assert session.is_open(on=day) is expected


def test_history_keeps_the_former_title_but_not_the_index():
    training = TrainingFactory(title="Avant")
    training.title = "Après"
    training.save(update_fields=["title"])
    events = training.events.order_by("pgh_id")
    assert [event.title for event in events] == ["Avant", "Après"]
    assert not hasattr(events[0], "search_vector")


def test_highlight_is_unique_on_an_entry():
    from catalogue.models import Entry

    entry, training = Entry.objects.create(slug="adultes", title="Adultes"), TrainingFactory()
    EntryHighlight.objects.create(entry=entry, training=training)
    with refused("entry_highlight_once"):
        EntryHighlight.objects.create(entry=entry, training=training)

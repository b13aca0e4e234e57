"""What the members of an organisation see of the learners it enrolled: never more than the enrolment itself.

Names are those that the organisation gave. Before the person has agreed, only that they were invited. Never messages,
addresses or dates of birth. Other modules add columns with `add_column`, once for all pages and exports.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q

from cned_portal.common.keyset import page_after
from learners.enums import EnrolmentState, OrganisationKind
from learners.models import Enrolment

WAITING = "attente"
ESTABLISHMENTS = {
    OrganisationKind.FRENCH_SCHOOL,
    OrganisationKind.SCHOOL_ABROAD,
    OrganisationKind.OTHER_ESTABLISHMENT,
    OrganisationKind.TRAINING_CENTRE,
}
_BATCH = 1_000
_NOT_AGREED = Q(seat__isnull=False, seat__agreed_at__isnull=True)


@dataclass(frozen=True)
class Column:
    """`values(enrolments) -> {pk: text}`, for a page at once. `is_grade`: shown if an agreement in force says so."""

    label: str
    values: Callable
    is_grade: bool = False


_COLUMNS: list[Column] = []


def add_column(label, values, *, is_grade=False):
    column = Column(label, values, is_grade)
    if column not in _COLUMNS:
        _COLUMNS.append(column)
    return column


def remove_column(column):
    _COLUMNS.remove(column)


@dataclass(frozen=True)
class Followed:
    name: str
    training: str
    session: str
    state: str
    started_on: str
    others: tuple[str, ...]


@dataclass(frozen=True)
class FollowUpPage:
    headings: list[str]
    rows: list[Followed]
    next_cursor: str


def followed(organisation, state=""):
    """The enrolments that the organisation carries, in a state, or still waiting for the person's answer."""
    rows = Enrolment.objects.filter(organisation=organisation)
    if state == WAITING:
        rows = rows.filter(_NOT_AGREED, state=EnrolmentState.REQUESTED)
    elif state in EnrolmentState.values:
        rows = rows.filter(~_NOT_AGREED, state=state)
    return rows.select_related("training", "session__action", "seat", "learner__user").only(
        *("state", "started_on", "organisation", "training__title"),
        *("session__starts_on", "session__action__name"),
        *("seat__given_name", "seat__agreed_at", "seat__enrolment"),
        *("learner__date_of_birth", "learner__public", "learner__user__first_name", "learner__user__last_name"),
        "learner__user__email",
    )


def follow_up_page(organisation, *, state, cursor, size):
    page = page_after(followed(organisation, state), ["-id"], cursor, size=size)
    columns = _columns(organisation)
    return FollowUpPage(
        [column.label for column in columns], _shown(page.rows, columns, organisation), page.next_cursor
    )


def follow_up_headings(organisation):
    return ["nom", "formation", "formule", "état", "commencée le", *(c.label for c in _columns(organisation))]


def follow_up_rows(organisation, state=""):
    """Every row of the export, read by batches so that a large organisation is not held in memory."""
    columns, last = _columns(organisation), None
    while True:
        rows = followed(organisation, state).order_by("-pk")
        batch = list((rows.filter(pk__lt=last) if last else rows)[:_BATCH])
        if not batch:
            return
        last = batch[-1].pk
        for row in _shown(batch, columns, organisation):
            yield [row.name, row.training, row.session, row.state, row.started_on, *row.others]


def _columns(organisation):
    shares = any(column.is_grade for column in _COLUMNS) and organisation.agreements.in_force().filter(
        shares_grades=True
    )
    grades = bool(shares and shares.exists())
    return [column for column in _COLUMNS if grades or not column.is_grade]


def _shown(enrolments, columns, organisation):
    agreed = [enrolment for enrolment in enrolments if has_agreed(enrolment)]
    open_grades = [item for item in agreed if organisation.kind in ESTABLISHMENTS or not item.learner.is_minor]
    values = [column.values(open_grades if column.is_grade else agreed) for column in columns]
    return [_row(enrolment, values) for enrolment in enrolments]


def _row(enrolment, values):
    seat, session = getattr(enrolment, "seat", None), enrolment.session
    name = seat.given_name if seat else enrolment.learner.user.get_full_name()
    when = f", à partir du {session.starts_on:%d/%m/%Y}" if session and session.starts_on else ""
    agreed = has_agreed(enrolment)
    return Followed(
        name=name,
        training=enrolment.training.title,
        session=f"{session.action.name}{when}" if session else "",
        state=enrolment.get_state_display() if agreed else "En attente de la personne",
        started_on=f"{enrolment.started_on:%d/%m/%Y}" if agreed and enrolment.started_on else "",
        others=tuple(found.get(enrolment.pk, "") for found in values),
    )


def has_agreed(enrolment):
    """A person enrolled by a file says yes first; one who came with the code, or by themselves, has said it."""
    seat = getattr(enrolment, "seat", None)
    return seat is None or seat.agreed_at is not None

"""Every read whose SQL is kept gives, for everyone of the demonstration, what its queryset gives."""

import pytest

from cned_portal.users.models import User
from exams.domain.queries.candidates import recent_registrations, registers_to_answer
from learners.domain.queries import courses, files, seats, space
from learners.domain.space import _concern_rows

KEPT = [
    _concern_rows,
    space._shown_enrolments,
    space._shown_documents,
    files._latest_drafts,
    files._latest_files,
    courses._due_soon,
    seats._awaited_answers,
    recent_registrations,
    registers_to_answer,
]


@pytest.mark.django_db
@pytest.mark.parametrize("read", KEPT, ids=lambda read: f"{read.__module__}.{read.__name__}")
def test_kept_sql_finds_what_the_queryset_finds(read, world):
    found = 0
    for user in User.objects.all():
        rows = read(user)
        assert rows == list(read.__wrapped__(user))
        if rows and not isinstance(rows[0], tuple):
            assert [row.__dict__.keys() for row in rows] == [row.__dict__.keys() for row in read.__wrapped__(user)]
        found += len(rows)
    assert found, "nobody of the demonstration shows what this read is for"

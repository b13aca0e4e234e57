"""SQL written for one person and asked for others: what the queryset would give, and never what is another's."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from cned_portal.common.kept_sql import kept_sql
from cned_portal.users.models import RoleGrant, User
from learners.models import Document, Enrolment, LearnerProfile
from tests.learners.factories import DocumentFactory, EnrolmentFactory, LearnerProfileFactory


@pytest.fixture(autouse=True)
def _prepared(db):
    """As in a web process."""
    connection.ensure_connection()
    former, connection.connection.prepare_threshold = connection.connection.prepare_threshold, 0
    yield
    if connection.connection:
        connection.connection.prepare_threshold = former


@pytest.fixture
def own_documents():
    @kept_sql
    def documents(user):
        return Document.objects.of_user(user).select_related("enrolment__training").order_by("-pk")

    return documents


@pytest.mark.django_db
def test_each_person_finds_what_is_theirs_alone(own_documents, stranger, django_assert_num_queries):
    mine, theirs = DocumentFactory(), DocumentFactory()

    with django_assert_num_queries(3):
        assert own_documents(mine.enrolment.learner.user) == [mine]
        [found] = own_documents(theirs.enrolment.learner.user)
        assert own_documents(stranger) == []
    with django_assert_num_queries(0):
        assert (found, found.enrolment.training) == (theirs, theirs.enrolment.training)


@pytest.mark.django_db
def test_row_written_since_is_found(own_documents):
    first = DocumentFactory()
    user = first.enrolment.learner.user
    assert own_documents(user) == [first]

    second = DocumentFactory(enrolment=EnrolmentFactory(learner=first.enrolment.learner))

    assert own_documents(user) == [second, first]


@pytest.mark.django_db
def test_day_counts_from_today(time_machine, learner):
    @kept_sql
    def born_before_today(user):
        return LearnerProfile.objects.filter(user=user, date_of_birth__lt=timezone.localdate())

    profile = LearnerProfileFactory(user=learner, date_of_birth=timezone.localdate())
    assert born_before_today(learner) == []

    time_machine.move_to(timezone.now() + timedelta(days=1))

    assert born_before_today(learner) == [profile]


def _of_nobody(user):
    return Enrolment.objects.order_by("pk")


def _of_a_moment(user):
    return RoleGrant.objects.in_force().filter(user=user)


def _of_an_address(user):
    return User.objects.filter(pk=user.pk, email=user.email)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("build", "error"),
    [(_of_nobody, TypeError), (_of_a_moment, TypeError), (_of_an_address, User.DoesNotExist)],
)
def test_what_depends_on_something_else_is_refused(build, error, learner):
    with pytest.raises(error):
        kept_sql(build)(learner)


@pytest.mark.django_db(transaction=True)
def test_threads_read_each_for_its_person(own_documents):
    documents = {document.enrolment.learner.user: document for document in (DocumentFactory() for _ in range(4))}

    def read(user):
        try:
            return [own_documents(user) for _ in range(25)]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        for user, found in zip(documents, pool.map(read, documents), strict=True):
            assert found == [[documents[user]]] * 25

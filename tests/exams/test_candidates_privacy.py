"""Rights over registrations for the baccalauréat: told, moved, erased; past figures do not move."""

import pytest

from exams.domain.holding import HOLDING
from exams.domain.queries.candidates import counted
from exams.enums import Papers, Speciality
from exams.models import BacRegistration, BacResult
from learners.domain.duplicates import merge_learners
from learners.domain.privacy.exports import make_export, request_export
from learners.domain.refusals import Refusal
from tests.exams.factories import BacRegistrationFactory, BacResultFactory
from tests.learners.factories import LearnerProfileFactory

pytestmark = pytest.mark.django_db


def test_copy_of_data_tells_registrations_and_results_and_nobody_else_s():
    result = BacResultFactory(average="14.60")
    BacResultFactory()
    user = result.registration.learner.user
    (told,) = HOLDING.read(user, None)
    assert told["voie"] == "Générale"
    assert told["resultats"][0]["resultat"] == "Admis au 1er groupe"
    assert make_export(request_export(acting_user=user).pk)


def test_files_that_announce_the_same_papers_are_not_joined():
    first = BacRegistrationFactory()
    second = BacRegistrationFactory(session=first.session)
    with pytest.raises(Refusal, match="mêmes épreuves du baccalauréat"):
        merge_learners(first.learner, second.learner, acting_user=None)
    BacRegistration.objects.filter(pk=second.pk).update(papers=Papers.ANTICIPATED)
    merge_learners(first.learner, second.learner, acting_user=None)
    assert set(BacRegistration.objects.values_list("learner", flat=True)) == {second.learner.pk}


def test_closed_account_keeps_the_confirmed_outcome_alone():
    learner = LearnerProfileFactory()
    kept = BacRegistrationFactory(learner=learner, confirmed=True, specialities=[Speciality.ARTS])
    BacResultFactory(registration=kept, average="11.50")
    BacResultFactory(registration=kept, average="11.50", confirmed=True)
    said = BacRegistrationFactory(learner=learner, made=True, session__year=kept.session.year - 1)
    BacResultFactory(registration=said)
    before = counted(kept.session)

    HOLDING.erase(learner.user, acting_user=None)

    assert counted(kept.session) == before
    item = BacRegistration.objects.get()
    assert (item.pk, item.academy, item.specialities) == (kept.pk, "", [])
    assert list(BacResult.objects.values_list("average", "source")) == [(None, "[texte effacé]")]
    registrations, results = BacRegistration.pgh_event_model.objects, BacResult.pgh_event_model.objects
    assert set(registrations.values_list("pgh_obj_id", "academy")) == {(kept.pk, "")}
    assert set(results.values_list("pgh_obj_id", "average")) == {(BacResult.objects.get().pk, None)}


def test_erasing_leaves_others_alone():
    other = BacResultFactory(average="11.50")
    HOLDING.erase(LearnerProfileFactory().user, acting_user=None)
    other.refresh_from_db()
    assert str(other.average) == "11.50"

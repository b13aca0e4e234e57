import pytest
from django.db import InternalError, ProgrammingError, transaction

from catalogue.domain.drafts import (
    DraftRefused,
    applied,
    changes_between,
    content_of,
    discard_draft,
    draft_content,
    draft_of,
    publish_page,
    restore_version,
    save_draft,
    unpublish_entry,
)
from catalogue.domain.publishing import NotPublishable
from catalogue.domain.queries.search import SearchState, search
from catalogue.models import Entry, EntryHighlight, Training, TrainingAction, TrainingVersion
from learners.models import Enrolment
from tests.catalogue.factories import (
    ResultIndicatorFactory,
    TrainingActionFactory,
    TrainingFactory,
    TrainingSessionFactory,
)
from tests.learners.factories import EnrolmentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def public():
    """A published training, with an action, a session and a result."""
    training = TrainingFactory(published=True, title="Reliure")
    TrainingSessionFactory(action=TrainingActionFactory(training=training, name="Formule", price=990))
    ResultIndicatorFactory(training=training)
    return training


def draft_with(training, user=None, **changes):
    return save_draft(training, content={**draft_content(training), **changes}, acting_user=user)


def public_text(client, training):
    return client.get(training.get_absolute_url()).content.decode()


def test_draft_changes_nothing_that_the_public_reads(client, public, learner):
    before = content_of(public)
    draft_with(public, learner, title="Vannerie", objectives="Tresser.")
    assert content_of(public) == before
    assert "Vannerie" not in public_text(client, public)
    assert search(SearchState(q="vannerie")).count == 0
    assert draft_of(public).edited_by == learner


def test_publication_replaces_all_at_once_and_keeps_both_versions(client, public, learner):
    rows = draft_content(public)
    rows["actions"][0]["price"] = "1200.00"
    draft_with(public, learner, title="Vannerie", actions=rows["actions"])
    publish_page(public, acting_user=learner)
    text = public_text(client, public)
    assert "Vannerie" in text
    assert "1 200" in text.replace("\u202f", " ").replace("\xa0", " ")
    assert search(SearchState(q="vannerie")).trainings == [public]
    first, second = public.versions.order_by("number")
    assert (first.content["title"], second.content["title"]) == ("Reliure", "Vannerie")
    assert second.published_by == learner
    assert second.changes == ["intitulé", "actions de formation"]
    assert draft_of(public) is None


def test_publication_twice_makes_one_version(public):
    draft_with(public, title="Vannerie")
    publish_page(public, acting_user=None)
    publish_page(public, acting_user=None)
    assert public.versions.count() == 2


def test_draft_that_lacks_an_item_is_refused_and_kept(client, public):
    draft_with(public, title="Vannerie", prerequisites="")
    with pytest.raises(NotPublishable) as refusal:
        publish_page(public, acting_user=None)
    assert refusal.value.missing == ["prérequis"]
    assert "Reliure" in public_text(client, public)
    assert draft_content(public)["title"] == "Vannerie"
    assert not public.versions.exists()


def test_first_publication_is_the_first_version():
    training = TrainingFactory(complete=True)
    TrainingSessionFactory(action=TrainingActionFactory(training=training))
    publish_page(training, acting_user=None)
    assert [version.changes for version in training.versions.all()] == [[]]


def test_what_changed_meanwhile_elsewhere_is_kept(public):
    draft_with(public, title="Vannerie")
    Training.objects.filter(pk=public.pk).update(duration="3 mois")
    assert draft_content(public)["duration"] == "3 mois"
    publish_page(public, acting_user=None)
    public.refresh_from_db()
    assert (public.title, public.duration) == ("Vannerie", "3 mois")


def test_draft_that_says_the_same_is_no_draft(public):
    draft_with(public, title="Vannerie")
    assert draft_with(public, title="Reliure") is None
    assert draft_of(public) is None


def test_discarded_draft_is_forgotten(public):
    draft_with(public, title="Vannerie")
    discard_draft(public, acting_user=None)
    assert draft_content(public) == content_of(public)


def test_applied_draft_is_undone_and_new_rows_keep_their_keys(public):
    with applied(public) as prepared:
        action = TrainingActionFactory(training=prepared, name="Nouvelle")
        content = content_of(prepared)
    assert not TrainingAction.objects.filter(name="Nouvelle").exists()
    save_draft(public, content=content, acting_user=None)
    with applied(public):
        assert TrainingAction.objects.get(name="Nouvelle").pk == action.pk
    TrainingSessionFactory(action=public.actions.get())
    with applied(public, content):
        TrainingSessionFactory(action=TrainingAction.objects.get(name="Nouvelle"))
        save = content_of(public)
    save_draft(public, content=save, acting_user=None)
    publish_page(public, acting_user=None)
    assert TrainingAction.objects.get(name="Nouvelle").pk == action.pk


def test_session_with_people_enrolled_cannot_be_removed_by_a_draft(public):
    session = public.actions.get().sessions.get()
    EnrolmentFactory(training=public, session=session)
    rows = draft_content(public)["actions"]
    rows[0]["sessions"] = []
    draft_with(public, actions=rows)
    with pytest.raises(DraftRefused, match="des inscrits"):
        publish_page(public, acting_user=None)
    assert Enrolment.objects.get().session == session


def test_restored_version_is_a_draft_to_publish_again(client, public):
    draft_with(public, title="Vannerie")
    publish_page(public, acting_user=None)
    restore_version(public, number=1, acting_user=None)
    assert "Vannerie" in public_text(client, public)
    publish_page(public, acting_user=None)
    assert "Reliure" in public_text(client, public)
    assert public.versions.count() == 3
    with pytest.raises(DraftRefused):
        restore_version(public, number=99, acting_user=None)


@pytest.mark.parametrize("change", [{"number": 9}, {"content": {}}])
def test_version_is_frozen(public, change):
    draft_with(public, title="Vannerie")
    publish_page(public, acting_user=None)
    with pytest.raises((InternalError, ProgrammingError)), transaction.atomic():
        TrainingVersion.objects.update(**change)


def test_unknown_names_of_an_old_version_are_passed_over(public):
    with applied(public, {**content_of(public), "colonne_disparue": 1, "title": "Vannerie"}) as prepared:
        assert prepared.title == "Vannerie"


def test_changes_are_named_in_french(public):
    content = content_of(public)
    assert changes_between(content, {**content, "funding": "Autre"}, Training) == ["modalités de financement"]
    assert changes_between(content, {**content, "occupations": [1]}, Training) == ["métiers (ROME)"]


def test_entry_is_prepared_published_and_taken_off(client, public):
    entry = Entry.objects.create(slug="adultes", title="Adultes", introduction="Bonjour.", is_published=True)
    content = content_of(entry)
    with applied(entry) as prepared:
        EntryHighlight.objects.create(entry=prepared, training=public)
        content = {**content_of(prepared), "title": "Grandes personnes"}
    save_draft(entry, content=content, acting_user=None)
    assert "Grandes personnes" not in client.get("/adultes/").content.decode()
    publish_page(entry, acting_user=None)
    text = client.get("/adultes/").content.decode()
    assert "Grandes personnes" in text
    assert "À la une" in text
    unpublish_entry(entry, acting_user=None)
    assert client.get("/adultes/").status_code == 404


def test_publication_names_its_actor_in_the_history(public, learner):
    draft_with(public, learner, title="Vannerie")
    publish_page(public, acting_user=learner)
    event = public.events.order_by("pgh_id").last()
    assert event.title == "Vannerie"
    assert event.pgh_context["user"] == learner.pk

import html

import pytest

from catalogue.domain.drafts import draft_content as content
from catalogue.domain.drafts import draft_of, save_draft
from catalogue.enums import TrainingState
from catalogue.models import Entry, EntryDocument, TrainingAction, UnitMembership
from cned_portal.users.enums import Role
from tests.catalogue.factories import TrainingActionFactory, TrainingFactory, TrainingSessionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    settings.STAFF_MFA_REQUIRED = False


@pytest.fixture
def public():
    training = TrainingFactory(published=True, title="Reliure")
    TrainingSessionFactory(action=TrainingActionFactory(training=training, name="Formule"))
    return training


@pytest.fixture
def manager(client, staff):
    user = staff(Role.CATALOGUE_MANAGER)
    client.force_login(user)
    return user


def change_url(page):
    return f"/gestion/catalogue/{page._meta.model_name}/{page.pk}/change/"


def publication_url(page, kind="formation"):
    return f"/gestion/pages/{kind}/{page.pk}/publication/"


def typed(client, url, **changes):
    """What the form would send, as it is shown, with some changes."""
    context = client.get(url).context
    form = context["adminform"].form
    data = {name: form[name].value() for name in form.fields}
    for admin_formset in context["inline_admin_formsets"]:
        formset = admin_formset.formset
        for inner in [formset.management_form, *formset.initial_forms]:
            data |= {f"{inner.prefix}-{name}": inner[name].value() for name in inner.fields}
    data = {name: "" if value is None or value is False else value for name, value in data.items()}
    return data | changes


def text(response):
    return html.unescape(response.content.decode())


def test_saved_form_of_a_public_training_is_a_draft(client, manager, public):
    url = change_url(public)
    response = client.post(url, typed(client, url, title="Vannerie"), follow=True)
    assert "La page publique n’a pas changé." in text(response)
    assert response.redirect_chain[-1][0] == publication_url(public)
    public.refresh_from_db()
    assert public.title == "Reliure"
    assert draft_of(public).edited_by == manager
    assert 'value="Vannerie"' in text(client.get(url))
    assert "Vannerie" in text(client.get(f"/gestion/pages/formation/{public.pk}/apercu/"))


def test_second_editor_is_told_and_nothing_is_lost(client, manager, public):
    url = change_url(public)
    opened = typed(client, url)
    client.post(url, typed(client, url, title="Vannerie"))
    response = client.post(url, {**opened, "title": "Osier"})
    assert response.status_code == 200
    assert "Quelqu’un d’autre a modifié cette page" in text(response)
    assert content(public)["title"] == "Vannerie"


def test_action_added_in_a_draft_takes_sessions_and_is_published_with_them(client, manager, public):
    url = change_url(public)
    data = typed(client, url)
    data |= {"actions-TOTAL_FORMS": 2, "actions-1-id": "", "actions-1-training": public.pk, "actions-1-name": "Courte"}
    data |= {"actions-1-rank": 2, "actions-1-teaching_mode": 2, "actions-1-entry_mode": 1, "actions-1-price": "100"}
    client.post(url, data)
    added = content(public)["actions"][1]
    action_url = f"/gestion/catalogue/trainingaction/{added['id']}/change/"
    data = typed(client, action_url)
    data |= {"sessions-TOTAL_FORMS": 1, "sessions-0-id": "", "sessions-0-action": added["id"]}
    data |= {"sessions-0-recruitment": 1, "sessions-0-starts_on": "01/09/2027"}
    assert client.post(action_url, data).status_code == 302
    assert not TrainingAction.objects.filter(name="Courte").exists()
    client.post(publication_url(public), {"act": "publier"})
    action = TrainingAction.objects.get(name="Courte")
    assert (action.pk, action.sessions.count()) == (added["id"], 1)


def test_training_not_yet_public_is_edited_as_it_is(client, manager):
    training = TrainingFactory(complete=True)
    url = change_url(training)
    client.post(url, typed(client, url, title="Vannerie"))
    training.refresh_from_db()
    assert training.title == "Vannerie"
    assert draft_of(training) is None


@pytest.mark.parametrize("act", ["publier", "abandonner", "restaurer", "retirer", "", "inventé"])
@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.CATALOGUE_MANAGER, {"publier", "abandonner", "restaurer"}),
        (Role.UNIT_LEAD, {"abandonner", "restaurer"}),
        (Role.AUDITOR, set()),
    ],
)
def test_each_role_may_do_its_acts_and_no_other(client, staff, public, role, allowed, act):
    save_draft(public, content={**content(public), "title": "Vannerie"}, acting_user=None)
    user = staff(role)
    UnitMembership.objects.create(user=user, unit=public.unit)
    client.force_login(user)
    response = client.post(publication_url(public), {"act": act, "version": "1"})
    public.refresh_from_db()
    assert (response.status_code == 302) is (act in allowed)
    assert public.title == ("Vannerie" if act == "publier" and act in allowed else "Reliure")


def test_preview_is_marked_and_closed_to_the_public(client, manager, staff, public, stranger):
    url = f"/gestion/pages/formation/{public.pk}/apercu/"
    shown = text(client.get(url))
    assert "Le public ne voit pas cette page" in shown
    assert 'content="noindex,nofollow"' in shown
    assert "application/ld+json" not in shown
    client.force_login(staff(Role.UNIT_LEAD))
    assert client.get(url).status_code == 404  # another unit's
    client.force_login(stranger)
    assert client.get(url).status_code in {302, 403}


def test_version_shows_the_page_as_it_was(client, manager, public):
    save_draft(public, content={**content(public), "title": "Vannerie"}, acting_user=None)
    client.post(publication_url(public), {"act": "publier"})
    assert "Reliure" in text(client.get(f"/gestion/pages/formation/{public.pk}/versions/1/"))
    assert client.get(f"/gestion/pages/formation/{public.pk}/versions/9/").status_code == 404
    assert client.post(publication_url(public), {"act": "restaurer", "version": "x"}).status_code == 404


def test_missing_items_are_said_before_publishing(client, manager, public):
    save_draft(public, content={**content(public), "funding": ""}, acting_user=None)
    assert "modalités de financement" in text(client.get(publication_url(public)))
    response = client.post(publication_url(public), {"act": "publier"}, follow=True)
    assert "Il manque : modalités de financement." in text(response)


def test_training_is_closed_with_its_successor(client, manager, public):
    successor = TrainingFactory(published=True)
    url = f"/gestion/pages/formation/{public.pk}/fermeture/"
    assert "Aucune formation publiée n’a cette adresse." in text(client.post(url, {"successor": "rien"}))
    assert client.post(url, {"successor": successor.slug}).status_code == 302
    public.refresh_from_db()
    assert (public.state, public.successor) == (TrainingState.CLOSED, successor)
    client.logout()
    assert client.get(public.get_absolute_url())["Location"] == successor.get_absolute_url()


def test_entry_document_is_checked_and_only_served_once_published(client, manager, tmp_path):
    from django.core.files.uploadedfile import SimpleUploadedFile

    entry = Entry.objects.create(slug="adultes", title="Adultes", introduction="Bonjour.", is_published=True)
    url = change_url(entry)
    data = typed(client, url)
    data |= {
        "documents-TOTAL_FORMS": 1,
        "documents-0-entry": entry.pk,
        "documents-0-title": "Guide",
        "documents-0-id": "",
    }
    data |= {"documents-0-rank": 1}
    for name, body, said in (
        ("guide.exe", b"MZ", "Choisissez un fichier PDF"),
        ("guide.pdf", b"<html>", "n’est pas celui que son nom annonce"),
        ("guide.odt", b"PK\x03\x04casse", "n’est pas lisible"),
    ):
        response = client.post(url, data | {"documents-0-file": SimpleUploadedFile(name, body)})
        assert said in text(response), name
    response = client.post(url, data | {"documents-0-file": SimpleUploadedFile("guide.pdf", b"%PDF-1.7 exemple")})
    assert response.status_code == 302
    assert not EntryDocument.objects.exists()
    client.post(publication_url(entry, "entree"), {"act": "publier"})
    address = f"/publics/documents/{EntryDocument.objects.get().pk}/"
    client.logout()
    response = client.get(address)
    assert response["Content-Disposition"].startswith("attachment")
    assert b"".join(response.streaming_content) == b"%PDF-1.7 exemple"
    Entry.objects.update(is_published=False)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("filters", ["domaine", "inconnu=1", "&&&"])
def test_entry_filters_must_be_those_of_the_search(client, manager, filters):
    entry = Entry.objects.create(slug="adultes", title="Adultes", introduction="Bonjour.")
    response = client.post(change_url(entry), typed(client, change_url(entry), filters=filters))
    assert response.status_code == 200
    assert response.context["adminform"].form.errors["filters"]


def test_versions_read_as_many_queries_with_one_and_three(client, manager, public, django_assert_max_num_queries):
    def count():
        with django_assert_max_num_queries(60) as queries:
            client.get(publication_url(public))
        return len(queries)

    def publish(title):
        save_draft(public, content={**content(public), "title": title}, acting_user=None)
        client.post(publication_url(public), {"act": "publier"})

    publish("Un")
    count()
    one = count()
    publish("Deux")
    publish("Trois")
    assert count() == one

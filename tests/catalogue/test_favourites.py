import html

import pytest

from catalogue.domain.favourites import FAVOURITES_MAX, FavouritesFull, keep_training, merge_favourites
from catalogue.models import Favourite
from tests.catalogue.factories import TrainingFactory

pytestmark = pytest.mark.django_db
URL = "/favoris/"


@pytest.fixture
def trainings():
    return TrainingFactory.create_batch(3, published=True)


def keep(client, training, act="garder", **data):
    return client.post(URL, {"formation": training.slug, "act": act, **data})


def shown(client):
    return html.unescape(client.get(URL).content.decode())


def test_visitor_keeps_and_drops_without_an_account(client, trainings):
    keep(client, trainings[0])
    keep(client, trainings[1])
    text = shown(client)
    assert trainings[0].title in text
    assert trainings[1].title in text
    keep(client, trainings[0], "retirer")
    assert f"/formations/{trainings[0].slug}/" not in shown(client)
    assert not Favourite.objects.exists()
    assert "Retirer des favoris" in client.get(trainings[1].get_absolute_url()).content.decode()
    assert "Garder en favori" in client.get(trainings[0].get_absolute_url()).content.decode()


def test_favourites_join_the_account_once(client, trainings, learner):
    keep(client, trainings[0])
    keep_training(learner, trainings[1], acting_user=learner)
    client.force_login(learner)
    text = shown(client)
    assert trainings[0].title in text
    assert trainings[1].title in text
    assert Favourite.objects.filter(user=learner).count() == 2
    assert not client.cookies["favoris"].value
    keep(client, trainings[0], "retirer")
    shown(client)
    assert [row.training for row in Favourite.objects.all()] == [trainings[1]]


def test_merge_twice_changes_nothing(trainings, learner):
    for _ in range(2):
        merge_favourites(learner, [training.pk for training in trainings], acting_user=learner)
    assert Favourite.objects.count() == 3


def test_favourites_of_an_account_are_its_own(client, trainings, learner, stranger):
    keep_training(learner, trainings[0], acting_user=learner)
    client.force_login(stranger)
    assert trainings[0].title not in shown(client)


def test_number_is_limited(trainings, learner, client):
    rows = TrainingFactory.create_batch(FAVOURITES_MAX, published=True)
    merge_favourites(learner, [row.pk for row in [*rows, *trainings]], acting_user=learner)
    assert Favourite.objects.count() == FAVOURITES_MAX
    extra = TrainingFactory(published=True)
    with pytest.raises(FavouritesFull):
        keep_training(learner, extra, acting_user=learner)
    client.force_login(learner)
    response = client.post(URL, {"formation": extra.slug, "act": "garder"}, follow=True)
    assert f"Vous gardez déjà {FAVOURITES_MAX} formations" in html.unescape(response.content.decode())


@pytest.mark.parametrize("value", ["1.2.3", "1:faux:faux", "é" * 500, "\\0", ""])
def test_forged_cookie_holds_nothing(client, trainings, value):
    client.cookies["favoris"] = value
    assert "Vous n’avez pas encore gardé de formation" in shown(client)


@pytest.mark.parametrize(
    "address", ["https://pirate.example/", "//pirate.example", "javascript:alert(1)", "x" * 9_000, ""]
)
def test_one_goes_back_to_our_pages_only(client, trainings, address):
    response = keep(client, trainings[0], next=address)
    assert (response.status_code, response["Location"]) in {(302, URL), (302, address)}
    assert "pirate" not in response["Location"]
    assert keep(client, trainings[0], next="/formations/?q=a")["Location"] == "/formations/?q=a"


@pytest.mark.parametrize("slug", ["inconnue", "", "a\0b", "x" * 5_000])
def test_unknown_training_is_not_kept(client, slug):
    assert client.post(URL, {"formation": slug}).status_code == 404


def test_draft_cannot_be_kept_nor_shown(client, trainings):
    assert keep(client, TrainingFactory()).status_code == 404
    keep(client, trainings[0])
    type(trainings[0]).objects.filter(pk=trainings[0].pk).update(state="draft")
    assert f"/formations/{trainings[0].slug}/" not in shown(client)


def test_list_reads_as_many_queries_with_one_and_three(client, trainings, learner, django_assert_max_num_queries):
    client.force_login(learner)
    keep_training(learner, trainings[0], acting_user=learner)
    with django_assert_max_num_queries(8) as one:
        client.get(URL)
    merge_favourites(learner, [training.pk for training in trainings], acting_user=learner)
    with django_assert_max_num_queries(8) as three:
        client.get(URL)
    assert len(one) == len(three)

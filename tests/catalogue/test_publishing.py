from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from catalogue.domain.cpf_rules import load_cpf_rules
from catalogue.domain.indexing import reindex
from catalogue.domain.publishing import NotPublishable, close_training, missing_items, publish_training
from catalogue.domain.queries.search import SearchState, search
from catalogue.enums import TrainingState
from catalogue.models import CpfRule, Training, TrainingCertification
from catalogue.tasks import record_search_miss, reindex_catalogue
from tests.catalogue.factories import (
    CertificationFactory,
    TrainingActionFactory,
    TrainingFactory,
    TrainingSessionFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready():
    """A training with all that its page must show."""
    training = TrainingFactory(complete=True, title="Reliure")
    TrainingSessionFactory(action=TrainingActionFactory(training=training))
    return training


def test_complete_training_is_published_and_found(ready, learner):
    assert search(SearchState(q="reliure")).count == 0
    publish_training(ready, acting_user=learner)
    ready.refresh_from_db()
    assert ready.state == TrainingState.PUBLISHED
    assert search(SearchState(q="reliure")).trainings == [ready]
    event = ready.events.order_by("pgh_id").last()
    assert event.pgh_context["verb"] == "catalogue.publish_training"
    assert event.pgh_context["user"] == learner.pk


def test_second_publication_changes_nothing(ready):
    publish_training(ready, acting_user=None)
    first = Training.objects.get(pk=ready.pk).published_at
    publish_training(ready, acting_user=None)
    assert Training.objects.get(pk=ready.pk).published_at == first


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("prerequisites", "prérequis"),
        ("recognition", "type de reconnaissance"),
        ("funding", "modalités de financement"),
        ("access_delay", "délais d’accès"),
        ("accessibility", "accessibilité et handicap"),
        ("disability_contact_email", "adresse du référent handicap"),
        ("no_result_reason", "indicateurs de résultat, ou la raison de leur absence"),
    ],
)
def test_missing_item_stops_the_publication_and_is_named(ready, field, said):
    Training.objects.filter(pk=ready.pk).update(**{field: ""})
    with pytest.raises(NotPublishable) as refusal:
        publish_training(ready, acting_user=None)
    assert refusal.value.missing == [said]
    ready.refresh_from_db()
    assert ready.state == TrainingState.DRAFT


def test_training_without_price_or_session_is_not_published():
    training = TrainingFactory(complete=True)
    assert missing_items(training) == ["action de formation"]
    TrainingActionFactory(training=training, name="Formule", price=None)
    assert missing_items(training) == ["tarif de l’action « Formule »", "session de l’action « Formule »"]


def test_certifying_training_needs_its_certification_and_indicator_3(ready):
    ready.recognition = "rncp_title"
    ready.save(update_fields=["recognition"])
    assert {"équivalences", "débouchés", "certification préparée aujourd’hui"} <= set(missing_items(ready))
    TrainingCertification.objects.create(training=ready, certification=CertificationFactory(certifier=""))
    assert any(item.startswith("certificateur de RNCP") for item in missing_items(ready))


def test_ended_certification_stops_the_publication(ready):
    ended = CertificationFactory(expires_on=timezone.localdate() - timedelta(days=1))
    TrainingCertification.objects.create(training=ready, certification=ended)
    with pytest.raises(NotPublishable) as refusal:
        publish_training(ready, acting_user=None)
    assert refusal.value.faults == [f"La certification {ended.code} est échue depuis le {ended.expires_on:%d/%m/%Y}."]
    TrainingCertification.objects.create(training=ready, certification=CertificationFactory())
    assert publish_training(ready, acting_user=None).is_visible


@pytest.mark.parametrize(
    "said",
    [
        "Réussite garantie !",
        "Nous vous garantissons le succès à l’examen.",
        "Votre emploi est assuré",
        "100 % de réussite",
        "Garantie d’embauche",
    ],
)
def test_promise_of_success_stops_the_publication(ready, said):
    Training.objects.filter(pk=ready.pk).update(objectives=f"Un bel objectif. {said}")
    with pytest.raises(NotPublishable, match="Mention interdite dans « objectifs »"):
        publish_training(ready, acting_user=None)


@pytest.mark.parametrize(
    "said",
    [
        "Le Cned ne garantit pas la réussite à l’examen.",
        "Sans garantie de réussite.",
        "Le taux d’obtention est de 62 %.",
        "La garantie de reprise du matériel dure deux ans.",
        "Financement par le CPF, dans la limite de vos droits.",
    ],
)
def test_honest_wording_is_published(ready, said):
    Training.objects.filter(pk=ready.pk).update(objectives=said)
    assert publish_training(ready, acting_user=None).is_visible


class TestFullCpf:
    """« 100 % CPF » misleads above the cap, and as long as a participation is due: amounts are dated settings."""

    @pytest.fixture
    def eligible(self, ready):
        Training.objects.filter(pk=ready.pk).update(funding="Formation 100 % prise en charge par le CPF.")
        ready.actions.update(is_cpf_eligible=True, price=1_800)
        return ready

    def refused(self, training):
        with pytest.raises(NotPublishable) as refusal:
            publish_training(training, acting_user=None)
        return refusal.value.faults[0]

    def test_of_today(self, eligible):
        load_cpf_rules(acting_user=None)
        assert "Une participation de 150,00 € reste due (Décret n° 2026-234" in self.refused(eligible)

    def test_above_the_cap_of_the_specific_register(self, eligible):
        load_cpf_rules(acting_user=None)
        TrainingCertification.objects.create(training=eligible, certification=CertificationFactory(code="RS5080"))
        assert "Le tarif dépasse le plafond de 1500 €" in self.refused(eligible)

    def test_where_nothing_is_due_it_is_said_freely(self, eligible):
        CpfRule.objects.create(starts_on=timezone.localdate(), participation=0, source="Décret fictif")
        assert publish_training(eligible, acting_user=None).is_visible

    def test_of_a_training_that_is_not_eligible(self, eligible):
        eligible.actions.update(is_cpf_eligible=False)
        assert "Aucune action n’est éligible au CPF." in self.refused(eligible)

    def test_rules_are_loaded_once_and_keep_what_an_editor_changed(self, db):
        assert load_cpf_rules(acting_user=None) == 3
        CpfRule.objects.update(participation=1)
        assert load_cpf_rules(acting_user=None) == 0
        assert CpfRule.objects.in_force().participation == 1


def test_central_project_needs_no_price():
    assert missing_items(TrainingFactory(central_project=True)) == []


def test_closed_training_keeps_its_page_while_people_follow_it(ready):
    publish_training(ready, acting_user=None)
    later = timezone.localdate() + timedelta(days=90)
    close_training(ready, acting_user=None, served_until=later, message="Merci.")
    ready.refresh_from_db()
    assert (ready.state, ready.served_until) == (TrainingState.CLOSING, later)
    close_training(ready, acting_user=None)
    ready.refresh_from_db()
    assert ready.state == TrainingState.CLOSED
    for act in (close_training, publish_training):
        with pytest.raises(ValidationError):
            act(ready, acting_user=None)


def test_successor_must_be_published(ready):
    publish_training(ready, acting_user=None)
    with pytest.raises(ValidationError, match="doit être publiée"):
        close_training(ready, acting_user=None, successor=TrainingFactory())
    assert Training.objects.get(pk=ready.pk).state == TrainingState.PUBLISHED


def test_reindex_twice_changes_nothing(ready, django_assert_num_queries):
    publish_training(ready, acting_user=None)
    assert reindex() == reindex()
    reindex_catalogue()
    assert search(SearchState(q="relieure")).trainings == [ready]


def test_miss_recorded_twice_is_one_row():
    from catalogue.models import SearchMiss

    record_search_miss("rien")
    record_search_miss("rien")
    assert SearchMiss.objects.get().count == 2

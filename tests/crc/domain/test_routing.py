import pytest

from crc.domain.refusals import NoFallbackService
from crc.domain.routing import choose_route
from crc.enums import Public
from tests.catalogue.factories import TrainingFactory
from tests.crc.factories import RoutingRuleFactory, ServiceFactory, TopicFactory, make_ticket, make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def fallback():
    return ServiceFactory(fallback=True)


def test_first_rule_that_holds_wins(fallback):
    topic = TopicFactory()
    RoutingRuleFactory(position=20, topic=topic)
    first = RoutingRuleFactory(position=10, topic=topic)
    route = choose_route(public=Public.ADULT, topic=topic)
    assert (route.service, route.rule) == (first.service, first)


def test_nothing_holds_goes_to_the_default_service(fallback):
    topic = TopicFactory()
    RoutingRuleFactory(topic=TopicFactory())
    RoutingRuleFactory(topic=topic, public=Public.COMPANY)
    RoutingRuleFactory(topic=topic, unit=make_unit())
    RoutingRuleFactory(topic=topic, keywords="bulletin")
    RoutingRuleFactory(topic=topic, is_active=False)
    RoutingRuleFactory(topic=topic, service=ServiceFactory(is_active=False))
    route = choose_route(public=Public.ADULT, topic=topic, text="Mes livres")
    assert (route.service, route.rule) == (fallback, None)


def test_every_condition_must_hold(fallback):
    unit, topic = make_unit(), TopicFactory()
    rule = RoutingRuleFactory(public=Public.STUDENT, topic=topic, unit=unit, keywords="rembours, échéancier")
    training = TrainingFactory(unit=unit)
    wanted = {"public": Public.STUDENT, "topic": topic, "training": training, "text": "Mon REMBOURSEMENT ?"}
    assert choose_route(**wanted).rule == rule
    for change in (
        {"public": Public.ADULT},
        {"topic": TopicFactory()},
        {"training": None},
        {"training": TrainingFactory(unit=make_unit("U2"))},
        {"text": "Mon devoir"},
    ):
        assert choose_route(**{**wanted, **change}).rule is None


@pytest.mark.parametrize("text", ["l’échéancier", "ECHEANCIER", "un échéancier de paiement"])
def test_keywords_are_read_without_accents(fallback, text):
    rule = RoutingRuleFactory(keywords="échéancier")
    assert choose_route(public=Public.ADULT, topic=TopicFactory(), text=text).rule == rule


def test_keywords_made_of_signs_never_hold(fallback):
    RoutingRuleFactory(keywords=" , !!")
    assert choose_route(public=Public.ADULT, topic=TopicFactory(), text="!!").rule is None


def test_without_default_service_the_reason_is_said():
    with pytest.raises(NoFallbackService):
        choose_route(public=Public.ADULT, topic=TopicFactory())


def test_rules_cost_the_same_however_many(fallback, django_assert_num_queries):
    topic = TopicFactory()
    for _ in range(3):
        RoutingRuleFactory(keywords="rien")
    with django_assert_num_queries(2):
        choose_route(public=Public.ADULT, topic=topic)


def test_decision_is_stored_with_its_rule(fallback):
    topic = TopicFactory()
    rule = RoutingRuleFactory(topic=topic)
    decision = make_ticket(topic=topic).routing_decisions.get()
    assert (decision.rule, decision.service, decision.decided_by) == (rule, rule.service, None)
    assert make_ticket().routing_decisions.get().rule is None

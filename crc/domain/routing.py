"""Which service a request goes to."""

from dataclasses import dataclass

from cned_portal.common.text import words
from crc.domain.refusals import NoFallbackService
from crc.enums import FOREIGN, Language
from crc.models import RoutingRule, Service


@dataclass(frozen=True)
class Route:
    """A service, and the rule that chose it; None for the default service."""

    service: Service
    rule: RoutingRule | None


def choose_route(*, public, topic, training=None, text="", mailbox=None, language=""):
    """First active rule, in order, whose every condition holds; else the default service. At most two queries.

    Raises NoFallbackService when the desk has no default service.
    """
    facts = {
        "public": public,
        "topic": topic,
        "training": training,
        "folded": " " + " ".join(words(text)),
        "mailbox": mailbox,
        "language": language,
    }
    rules = RoutingRule.objects.filter(is_active=True, service__is_active=True)
    services = Service.objects.select_related("calendar")
    for rule in rules.order_by("position"):
        if rule_holds(rule, **facts):
            return Route(services.get(pk=rule.service_id), rule)
    fallback = services.filter(is_fallback=True).first()
    if fallback is None:
        raise NoFallbackService
    return Route(fallback, None)


def rule_holds(rule, *, public, topic, training, folded, mailbox, language):
    """Whether every condition of the rule holds; `folded` is the text as `words` gives it, with a space before."""
    if rule.public and rule.public != public:
        return False
    if rule.topic_id and rule.topic_id != topic.pk:
        return False
    if rule.unit_id and (training is None or rule.unit_id != training.unit_id):
        return False
    if rule.mailbox_id and (mailbox is None or rule.mailbox_id != mailbox.pk):
        return False
    if rule.language and not _speaks(language, rule.language):
        return False
    if rule.keywords:  # a rule whose keywords fold to nothing never holds
        return any(f" {keyword}" in folded for keyword in rule.folded_keywords)
    return True


def _speaks(language, wanted):
    if wanted == FOREIGN:
        return language not in {"", Language.FRENCH}
    return language == wanted

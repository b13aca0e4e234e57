"""Which service a request goes to."""

from dataclasses import dataclass
from functools import cached_property

from cned_portal.common.text import words
from crc.domain.refusals import NoFallbackService
from crc.enums import FOREIGN, Language
from crc.models import RoutingRule, Service


@dataclass(frozen=True)
class Route:
    """A service, and the rule that chose it; None for the default service."""

    service: Service
    rule: RoutingRule | None


def choose_route(**asked):
    """The route of one request; see `Routes.choose`."""
    return Routes().choose(**asked)


class Routes:
    """The rules and services as they are now, each read once: for one request, or a handful that came together."""

    def __init__(self):
        self._services = {}

    def choose(self, *, public, topic, training=None, text="", mailbox=None, language=""):
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
        for rule in self._rules:
            if rule_holds(rule, **facts):
                return Route(self._service(pk=rule.service_id), rule)
        fallback = self._service(is_fallback=True)
        if fallback is None:
            raise NoFallbackService
        return Route(fallback, None)

    @cached_property
    def _rules(self):
        return list(RoutingRule.objects.filter(is_active=True, service__is_active=True).order_by("position"))

    def _service(self, **which):
        key = frozenset(which.items())
        if key not in self._services:
            self._services[key] = Service.objects.select_related("calendar").filter(**which).first()
        return self._services[key]


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

"""People and tickets of the desk. Calendars are open from Monday to Friday, 8:30 to 18:00, unless a test says else."""

from datetime import time

import factory
from django.utils import timezone

from catalogue.models import OperatingUnit
from crc.domain.articles import archive_article, publish_article, save_article
from crc.domain.complaints import instruct_complaint, review_complaint
from crc.domain.filters import change_filter, save_filter
from crc.domain.queries.queue import QueueFilter
from crc.domain.tickets import answer_ticket, close_ticket, receive_request
from crc.enums import ArticleState, ComplaintOutcome, Decision, Kind, Public
from crc.models import ComplaintCause, OpeningInterval, RoutingRule, Service, ServiceCalendar, ServiceMembership, Topic
from tests.users.factories import UserFactory


class ServiceCalendarFactory(factory.django.DjangoModelFactory):
    name = factory.Sequence(lambda n: f"Calendrier {n}")

    class Meta:
        model = ServiceCalendar
        skip_postgeneration_save = True

    @factory.post_generation
    def hours(self, create, hours, **kwargs):
        """Weekly hours, as (weekday, start, end, valid_from, valid_to); a plain week by default."""
        if hours is None:
            hours = [(day, time(8, 30), time(18), None, None) for day in range(5)]
        for weekday, start, end, valid_from, valid_to in hours:
            OpeningInterval.objects.create(
                calendar=self, weekday=weekday, start=start, end=end, valid_from=valid_from, valid_to=valid_to
            )
        self.refresh_from_db(fields=["version"])


class ServiceFactory(factory.django.DjangoModelFactory):
    code = factory.Sequence(lambda n: f"service-{n}")
    name = factory.Sequence(lambda n: f"Service {n}")
    email = factory.LazyAttribute(lambda service: f"{service.code}@cned.example")
    postal_address = "1 rue Imaginaire\n86000 Ville"
    phone = "05 00 00 00 00"
    calendar = factory.SubFactory(ServiceCalendarFactory)

    class Meta:
        model = Service
        skip_postgeneration_save = True

    class Params:
        fallback = factory.Trait(is_fallback=True, code="crc", name="Centre de relation clients")

    @factory.post_generation
    def members(self, create, members, **kwargs):
        for user in members or []:
            ServiceMembership.objects.create(user=user, service=self)


class TopicFactory(factory.django.DjangoModelFactory):
    code = factory.Sequence(lambda n: f"sujet-{n}")
    label = factory.Sequence(lambda n: f"Mon sujet {n}")
    publics = list(Public.values)
    kind = Kind.INFORMATION
    first_answer_minutes = 60
    resolution_minutes = 600

    class Meta:
        model = Topic


class RoutingRuleFactory(factory.django.DjangoModelFactory):
    position = factory.Sequence(lambda n: n + 1)
    name = factory.Sequence(lambda n: f"Règle {n}")
    service = factory.SubFactory(ServiceFactory)

    class Meta:
        model = RoutingRule


def fallback_service():
    return Service.objects.filter(is_fallback=True).first() or ServiceFactory(fallback=True)


def make_unit(code="U1"):
    unit, _ = OperatingUnit.objects.get_or_create(
        code=code, defaults={"name": f"Direction {code}", "slug": code.lower()}
    )
    return unit


def make_ticket(*, service=None, answered_by=None, closed_by=None, at=None, **fields):
    """A ticket received, routed to `service`, then answered and closed by the verbs themselves."""
    fallback = fallback_service()
    topic = fields.pop("topic", None) or TopicFactory()
    if service is not None and service != fallback:
        RoutingRuleFactory(topic=topic, service=service)
    values = {
        "public": Public.ADULT,
        "subject": "Une question",
        "body": "Bonjour, une question.",
        "requester_name": "Camille Exemple",
        "requester_email": "camille@exemple.example",
        "acting_user": fields.get("requester"),
        "at": at or timezone.now(),
    }
    ticket = receive_request(topic=topic, **{**values, **fields})
    if answered_by is not None:
        answer_ticket(ticket, body="Voici la réponse.", version=ticket.version, acting_user=answered_by)
    if closed_by is not None:
        if ticket.kind == Kind.COMPLAINT:
            settle_complaint(ticket, closed_by)
        close_ticket(ticket, reason="Terminé", decision=Decision.GRANTED, acting_user=closed_by)
    ticket.refresh_from_db()
    return ticket


def settle_complaint(ticket, by, *, findings="Constat.", **fields):
    """Instructed by one person, looked at again by another: a complaint closes then."""
    cause, _ = ComplaintCause.objects.get_or_create(label="Délai de réponse")
    outcome = ComplaintOutcome.FOUNDED
    instruct_complaint(ticket, cause=cause, outcome=outcome, findings=findings, acting_user=by, **fields)
    review_complaint(ticket, agrees=True, acting_user=UserFactory())


def make_article(title="Comment envoyer un devoir ?", *, state=ArticleState.PUBLISHED, **fields):
    """An article written, published and archived by the verbs themselves; `review_due_on` and `at` go to them."""
    dates = {name: fields.pop(name) for name in ("review_due_on", "at") if name in fields}
    text = {"answer": "Dans votre espace.", "publics": list(Public.values), "topic": None, "service": None, **fields}
    article = save_article(None, title=title, acting_user=None, **text)
    if state != ArticleState.DRAFT:
        article = publish_article(article, acting_user=None, **dates)
    if state == ArticleState.ARCHIVED:
        article = archive_article(article, acting_user=None)
    return article


def make_filter(owner, name="Mes urgences", *, shared_with=None, **params):
    """A filter saved by the verbs, from parameters of the queue's address."""
    saved = save_filter(name=name, chosen=QueueFilter.read(params), acting_user=owner)
    if shared_with:
        change_filter(saved, name=name, shared_with=shared_with, acting_user=owner)
        saved.refresh_from_db()
    return saved

"""A desk at work: services, hours, topics, rules, some eighty requests of the last weeks in every state, and two
months of telephone counts."""

import random
import tomllib
import uuid
from datetime import date, time, timedelta
from pathlib import Path

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.utils import timezone

from catalogue.models import OperatingUnit, Training, UnitMembership
from cned_portal.common.text import fold
from cned_portal.demo import crc_articles, crc_filters, crc_mail, crc_partners, crc_privacy
from cned_portal.demo.people import STAFF
from cned_portal.users.enums import Role
from cned_portal.users.models import RoleGrant, User
from crc.domain import merging, relations, splitting, tickets
from crc.domain.calls import record_calls
from crc.domain.complaints import complain, instruct_complaint, review_complaint
from crc.enums import AnswerMeaning, ComplaintOutcome, Decision, Direction, Kind, Public, State
from crc.models import (
    CallCount,
    ComplaintCause,
    Macro,
    OpeningInterval,
    RoutingRule,
    Service,
    ServiceCalendar,
    ServiceMembership,
    Tag,
    Ticket,
    TicketTag,
    Topic,
)

DATA = Path(__file__).parent / "data" / "crc.toml"
NAMESPACE = uuid.UUID("6d0a2f0e-5a0b-4c0e-9a60-3d5e8c1f7a11")
SEED = 1939
CAUSES = [
    "Délai de réponse",
    "Message égaré entre services",
    "Information erronée",
    "Facturation ou remboursement",
    "Réponse incomplète",
]
REQUESTS = 84
WEEKS = 6
FIRST_NAMES = ["Camille", "Dominique", "Claude", "Sacha", "Alix", "Maxime", "Charlie", "Noa", "Lou", "Andrea"]
LAST_NAMES = ["Exemple", "Fictif", "Modèle", "Témoin", "Spécimen", "Inventé", "Factice", "Imaginaire"]
CALL_DAYS = 60
LINES = [
    ("Élèves et familles (fictive)", Public.STUDENT, 180),
    ("Adultes (fictive)", Public.ADULT, 120),
    ("Entreprises (fictive)", Public.COMPANY, 40),
]
TRAINING_TOPICS = {"inscription", "devoirs", "colis", "examen", "stage", "attestation"}

# How far a request has come, the share of each, and how old such a request is, in days.
SCENARIOS = [
    ("new", 14, (0, 1)),
    ("late", 6, (4, 12)),
    ("assigned", 9, (0, 1)),
    ("waiting", 10, (2, 15)),
    ("answered", 17, (1, 20)),
    ("replied", 8, (1, 3)),
    ("closed", 30, (4, WEEKS * 7)),
    ("reopened", 6, (6, 25)),
]


def load():
    """Add what is missing; what is there already is left as it is."""
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    _calendars()
    services = _services(data["service"])
    topics = _topics(data["topic"])
    _rules(data["rule"], services, topics)
    agents = _members(services)
    crc_articles.load(services, topics)
    for label in CAUSES:
        ComplaintCause.objects.get_or_create(label=label)
    _requests(data, topics, agents)
    _complaint()
    crc_mail.load()
    _calls()
    _macros(data["macro"], services)
    _tags(data["tag"])
    _double(topics, agents)
    _two_in_one(topics, agents)
    _silences(topics, agents)
    crc_privacy.load()
    crc_partners.load()
    crc_filters.load()


def _calendars():
    this_year = timezone.localdate().year
    desk, new = ServiceCalendar.objects.get_or_create(name="Centre de relation clients")
    if new:
        seasons = []
        for year in range(this_year - 1, this_year + 4):
            seasons += [
                (time(18), date(year, 1, 1), date(year, 5, 31)),
                (time(18, 30), date(year, 6, 1), date(year, 10, 31)),
                (time(18), date(year, 11, 1), date(year, 12, 31)),
            ]
        OpeningInterval.objects.bulk_create(
            OpeningInterval(
                calendar=desk, weekday=day, start=time(8, 30), end=end, valid_from=valid_from, valid_to=valid_to
            )
            for end, valid_from, valid_to in seasons
            for day in range(5)
        )
    office, new = ServiceCalendar.objects.get_or_create(name="Services administratifs")
    if new:
        OpeningInterval.objects.bulk_create(
            OpeningInterval(calendar=office, weekday=day, start=start, end=end)
            for day in range(5)
            for start, end in ((time(9), time(12, 30)), (time(13, 30), time(17)))
        )
    call_command("seed_closed_days", "--from", str(this_year - 1), "--to", str(this_year + 3), verbosity=0)


def _services(rows):
    calendars = {calendar.name: calendar for calendar in ServiceCalendar.objects.all()}
    for row in rows:
        Service.objects.get_or_create(
            code=row["code"],
            defaults={
                "name": row["name"],
                "email": row["email"],
                "postal_address": row["address"],
                "phone": row["phone"],
                "calendar": calendars[row["calendar"]],
                "is_fallback": row.get("is_fallback", False),
                "is_restricted": row.get("is_restricted", False),
            },
        )
    teaching = OperatingUnit.objects.filter(trainings__isnull=False).distinct().order_by("code")
    for number, unit in enumerate(teaching, start=10):
        Service.objects.get_or_create(
            code=f"pedagogie-{unit.slug}"[:40],
            defaults={
                "name": f"Service pédagogique – {unit.name}"[:120],
                "email": f"pedagogie-{unit.slug}@cned.example",
                "postal_address": f"{unit.name}\n2 avenue Imaginaire\n86960 Ville-Exemple",
                "phone": f"05 00 00 00 {number:02}",
                "calendar": calendars["Services administratifs"],
                "unit": unit,
            },
        )
    return {service.code: service for service in Service.objects.select_related("unit")}


def _topics(rows):
    for position, row in enumerate(rows, start=1):
        Topic.objects.get_or_create(
            code=row["code"],
            defaults={
                "label": row["label"],
                "publics": row["publics"],
                "kind": row["kind"],
                "first_answer_minutes": row["first_answer"],
                "resolution_minutes": row["resolution"],
                "position": position * 10,
            },
        )
    return {topic.code: topic for topic in Topic.objects.all()}


def _rules(rows, services, topics):
    for position, row in enumerate(rows, start=1):
        RoutingRule.objects.get_or_create(
            position=position * 10,
            defaults={
                "name": row["name"],
                "public": row.get("public", ""),
                "topic": topics.get(row.get("topic")),
                "keywords": row.get("keywords", ""),
                "language": row.get("language", ""),
                "service": services[row["service"]],
            },
        )
    taught = [service for service in services.values() if service.unit_id]
    for offset, service in enumerate(sorted(taught, key=lambda service: service.code)):
        for shift, code in enumerate(("devoirs", "stage")):
            RoutingRule.objects.get_or_create(
                position=500 + offset * 10 + shift,
                defaults={
                    "name": f"{topics[code].label} : {service.unit.name}"[:120],
                    "topic": topics[code],
                    "unit": service.unit,
                    "service": service,
                },
            )


def _members(services):
    """Put the demonstration staff in their services; returns one or two agents for each service, by its code."""
    crc_agent, supervisor, counter, lead = (
        User.objects.get(email=STAFF[role][0])
        for role in (Role.CRC_AGENT, Role.CRC_SUPERVISOR, Role.ESTABLISHMENT_DESK, Role.UNIT_LEAD)
    )
    accounts = _person("agent-comptable@exemple.example", "Colette", "Comptable", Role.CRC_AGENT)
    business = _person("agent-entreprises@exemple.example", "Émile", "Entreprises", Role.CRC_AGENT)
    disability = _person("agent-handicap@exemple.example", "Hanna", "Handicap", Role.CRC_AGENT)
    teaching = _person("agent-pedagogie@exemple.example", "Paul", "Pédagogie", Role.CRC_AGENT)
    agents = {
        "crc": [crc_agent, supervisor],
        "guichet-unique": [counter],
        "agence-comptable": [accounts],
        "entreprises": [business],
        "mission-handicap": [disability],
    }
    for code, service in services.items():
        for person in agents.setdefault(code, [teaching]):
            ServiceMembership.objects.get_or_create(user=person, service=service)
    # The agent that visitors of the demonstration sign in as has questions on trainings too.
    for service in services.values():
        if service.unit_id:
            ServiceMembership.objects.get_or_create(user=crc_agent, service=service)
    for unit in OperatingUnit.objects.order_by("code")[:2]:
        UnitMembership.objects.get_or_create(user=lead, unit=unit)
    return agents


def _person(email, first_name, last_name, role):
    """The member of staff of this address; made without a usable password when the accounts have none."""
    person = User.objects.filter(email=email).first()
    if person is None:
        person = User.objects.create_user(email, None, first_name=first_name, last_name=last_name, is_staff=True)
    RoleGrant.objects.get_or_create(user=person, group=Group.objects.get(name=role))
    return person


def _requests(data, topics, agents):
    chance = random.Random(SEED)  # noqa: S311  the same demonstration each time
    known = set(Ticket.objects.values_list("submission_key", flat=True))
    trainings = list(Training.objects.published().order_by("slug")[:60])
    accounts = list(User.objects.filter(is_staff=False, is_active=True).order_by("pk")[:15])
    total = sum(share for _, share, _ in SCENARIOS)
    for number in range(REQUESTS):
        draw = number * total // REQUESTS
        scenario, age = _scenario(draw)
        request = chance.choice([one for one in data["request"] if scenario != "waiting" or one.get("waits")])
        first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
        days, hour, minute = chance.uniform(*age), chance.randint(7, 20), chance.randint(0, 59)
        training = chance.choice(trainings) if trainings and request["topic"] in TRAINING_TOPICS else None
        account = chance.choice(accounts) if accounts and chance.random() < 0.3 else None
        if accounts and number % 12 == 5:  # whoever visits as the first learner has requests to look at
            account = accounts[0]
        replies = [chance.choice(data["reply"])["body"] for _ in range(2)]
        delay = chance.randint(20, 500)
        key = uuid.uuid5(NAMESPACE, f"request-{number}")
        if key in known:
            continue
        at = _moment(days, hour, minute)
        ticket = tickets.receive_request(
            public=request["public"],
            topic=topics[request["topic"]],
            subject=request["subject"],
            body=request["body"],
            requester_name=account.get_full_name() if account else f"{first} {last}",
            requester_email=account.email if account else f"{_plain(first)}.{_plain(last)}{number}@exemple.example",
            requester=account,
            training=training,
            submission_key=key,
            acting_user=account,
            at=at,
        )
        _live(ticket, scenario, request, replies, delay, agents[ticket.service.code])


def _calls():
    """Telephone counts of the last days of work, by line: fictitious, the same for a day at each load."""
    today = timezone.localdate()
    counts = [
        _count(today - timedelta(days=days), line, public, size)
        for days in range(1, CALL_DAYS + 1)
        for line, public, size in LINES
        if (today - timedelta(days=days)).weekday() < 5
    ]
    record_calls(counts, acting_user=None)


def _count(day, line, public, size):
    chance = random.Random(f"{SEED}-{day}-{line}")  # noqa: S311  the same demonstration each time
    offered = round(size * chance.uniform(0.7, 1.3) * (1.3 if day.weekday() == 0 else 1))
    answered = round(offered * chance.uniform(0.78, 0.94))
    return CallCount(
        day=day,
        line=line,
        public=public,
        offered=offered,
        answered=answered,
        answered_in_time=round(answered * chance.uniform(0.7, 0.92)),
        threshold_seconds=30,
        abandoned=offered - answered - chance.randint(0, 2),
        mean_talk_seconds=chance.randint(210, 380),
    )


def _scenario(draw):
    for name, share, age in SCENARIOS:
        if draw < share:
            return name, age
        draw -= share
    raise ValueError(draw)


def _moment(days, hour, minute):
    """That many days ago at that time of day, never in the future."""
    now = timezone.localtime()
    at = (now - timedelta(days=days)).replace(hour=hour, minute=minute, second=0, microsecond=0)
    return at if at < now - timedelta(minutes=10) else now - timedelta(minutes=11 + minute)


def _live(ticket, scenario, request, replies, delay, staff):
    """What happened since: every date is in the service's opening hours, and in the past."""
    if scenario in {"new", "late"}:
        return
    agent = staff[ticket.pk % len(staff)]
    calendar = ticket.service.calendar.business_calendar()
    clock = ticket.received_at

    def next_moment(minutes):
        nonlocal clock
        latest = timezone.now() - timedelta(minutes=5)
        clock = max(clock, min(calendar.add_minutes(clock, minutes), latest))
        return clock

    tickets.assign_ticket(ticket, assignee=agent, acting_user=agent, at=next_moment(delay // 3))
    if request.get("note"):
        tickets.add_note(ticket, body=request["note"], acting_user=agent, at=next_moment(10))
    if scenario == "assigned":
        return
    then = State.WAITING if scenario == "waiting" else State.ANSWERED
    _answer(ticket, request["answer"], agent, next_moment(delay), then)
    if scenario == "replied":
        tickets.requester_reply(ticket, body=replies[0], at=next_moment(300))
    elif scenario in {"closed", "reopened"}:
        if ticket.kind == Kind.COMPLAINT:
            _settle_complaint(ticket, agent, next_moment(5))
        tickets.close_ticket(ticket, decision=Decision.GRANTED, acting_user=agent, at=next_moment(delay))
        if scenario == "reopened":
            tickets.requester_reply(ticket, body=replies[1], at=next_moment(600))
            if ticket.pk % 2:
                _answer(
                    ticket,
                    "Bonjour,\n\nnous reprenons votre demande et revenons vers vous très vite.\n\nBien cordialement",
                    agent,
                    next_moment(60),
                    State.ANSWERED,
                )


def _complaint():
    """« Ce n’est pas satisfaisant », said of a request answered, and instructed: it waits for its second look."""
    if Ticket.objects.filter(kind=Kind.COMPLAINT, follows__isnull=False).exists():
        return
    about = Ticket.objects.filter(state=State.ANSWERED).exclude(kind=Kind.COMPLAINT).order_by("pk").first()
    body = "La réponse ne dit pas quand mon devoir sera corrigé.\n\nCe que je demande :\nUne date."
    complaint = complain(about, body=body)
    agent = complaint.service.memberships.order_by("pk").first().user
    instruct_complaint(
        complaint,
        cause=ComplaintCause.objects.order_by("-pk").first(),
        outcome=ComplaintOutcome.PARTLY,
        findings="La date n’était pas donnée (constat fictif).",
        acting_user=agent,
    )


def _settle_complaint(ticket, agent, at):
    """Instructed by the agent, looked at again by someone else."""
    colleagues = [STAFF[role][0] for role in (Role.CRC_SUPERVISOR, Role.CRC_AGENT)]
    reviewer = User.objects.filter(email__in=colleagues).exclude(pk=agent.pk).order_by("-pk").first()
    instruct_complaint(
        ticket,
        cause=ComplaintCause.objects.order_by("pk").first(),
        outcome=ComplaintOutcome.FOUNDED,
        findings="Deux messages étaient arrivés dans un service fermé (constat fictif).",
        corrective_action="L’ancienne adresse renvoie désormais vers le bon service (mesure fictive).",
        needs_improvement=True,
        acting_user=agent,
        at=at,
    )
    review_complaint(ticket, agrees=True, acting_user=reviewer, at=at)


def _answer(ticket, body, agent, at, then):
    version = Ticket.objects.values_list("version", flat=True).get(pk=ticket.pk)
    tickets.answer_ticket(ticket, body=body, version=version, then=then, acting_user=agent, at=at)


def _plain(name):
    return fold(name).replace(" ", "-")


def _macros(rows, services):
    for row in rows:
        Macro.objects.get_or_create(
            name=row["name"],
            defaults={
                "body": row["body"],
                "next_state": row.get("then", ""),
                "meaning": row.get("meaning", ""),
                "service": services.get(row.get("service")),
                "publics": row.get("publics", []),
            },
        )


def _tags(rows):
    """The tags, and some on the first requests."""
    tags = [Tag.objects.get_or_create(code=row["code"], defaults={"label": row["label"]})[0] for row in rows]
    if TicketTag.objects.exists():
        return
    for number, ticket in enumerate(Ticket.objects.order_by("pk")[:24]):
        if number % 2:
            relations.tag_ticket(ticket, tag=tags[number // 2 % len(tags)], acting_user=None)


def _double(topics, agents):
    """One person who asked twice: the second request is merged into the first."""
    kept = _ask("double-kept", topics["devoirs"], "Où déposer mon devoir ?", "Bonjour, où déposer mon devoir 2 ?", 3)
    double = _ask("double", topics["devoirs"], "Devoir 2, bis", "Rebonjour, je vous écrivais pour le devoir 2.", 2)
    if kept and double:
        agent = agents[kept.service.code][0]
        relations.follow_ticket(kept, acting_user=agent)
        merging.merge_tickets(
            double, into=kept, reason="Même question", version=double.version, acting_user=agent, at=_moment(1, 10, 5)
        )


def _two_in_one(topics, agents):
    """One request that asks for two things: the second becomes a request of its own."""
    ticket = _ask("two-in-one", topics["devoirs"], "Mon devoir 3", "Bonjour, mon devoir 3 n’est pas corrigé.", 4)
    if ticket is None:
        return
    tickets.requester_reply(ticket, body="Autre chose : je n’ai pas reçu mon attestation.", at=_moment(3, 9, 30))
    ticket.refresh_from_db()
    chosen = ticket.messages.filter(direction=Direction.IN).order_by("-pk").values_list("pk", flat=True)[:1]
    splitting.split_ticket(
        ticket,
        messages=list(chosen),
        topic=topics["attestation"],
        subject="Mon attestation",
        version=ticket.version,
        acting_user=agents[ticket.service.code][0],
        at=_moment(2, 11, 0),
    )


def _silences(topics, agents):
    """Two requests whose legal clock nothing ended: the silence of one decides soon, that of the other has."""
    for name, days in (("silence-near", 55), ("silence-past", 80)):
        ticket = _ask(name, topics["attestation"], "Mon certificat", "Bonjour, il me faut un certificat.", days)
        if ticket is None:
            continue
        tickets.answer_ticket(
            ticket,
            body="Bonjour,\n\nnous cherchons votre dossier et revenons vers vous.\n\nBien cordialement",
            version=ticket.version,
            meaning=AnswerMeaning.HOLDING,
            acting_user=agents[ticket.service.code][0],
            at=_moment(days - 2, 10, 30),
        )


def _ask(name, topic, subject, body, days):
    """A request of the same fictitious person, or None when it was made before."""
    key = uuid.uuid5(NAMESPACE, name)
    if Ticket.objects.filter(submission_key=key).exists():
        return None
    return tickets.receive_request(
        public=topic.publics[0],
        topic=topic,
        subject=subject,
        body=body,
        requester_name="Dominique Double",
        requester_email="dominique.double@exemple.example",
        submission_key=key,
        acting_user=None,
        at=_moment(days, 9, 0),
    )

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.outbox.models import Mail
from cned_portal.users.enums import Role
from cned_portal.users.models import User
from crc.domain import drafts, merging, tickets
from crc.domain.refusals import Refusal
from crc.domain.tracking import tracking_token
from crc.enums import Direction, Event, State
from crc.models import AnswerDraft, Message, Ticket
from tests.crc.factories import ServiceFactory, make_ticket
from tests.users.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(agent):
    return ServiceFactory(members=[agent])


def merge(source, into, person, **changes):
    source.refresh_from_db()
    return merging.merge_tickets(
        source, into=into, **{"reason": "Doublon", "version": source.version, **changes}, acting_user=person
    )


def test_merge_closes_one_for_the_benefit_of_the_other(agent, service):
    kept = make_ticket(service=service, at=timezone.now() - timedelta(days=1))
    double = make_ticket(service=service, requester_email="CAMILLE@exemple.example")
    Mail.objects.all().delete()
    merge(double, kept, agent)
    double.refresh_from_db()
    assert (double.state, double.merged_into, double.state_before_merge) == (State.CLOSED, kept, State.NEW)
    assert double.messages.count() == 1
    assert double.log.get(event=Event.MERGED).detail == f"{kept.reference} – Doublon"
    assert kept.log.get(event=Event.ABSORBED).detail == f"{double.reference} – Doublon"
    assert [mail.kind for mail in Mail.objects.all()] == ["crc/email/ticket_merged"]


@pytest.mark.parametrize("before", ["new", "open", "waiting", "answered", "closed"])
def test_undone_merge_gives_back_each_state(agent, service, before):
    kept, double = make_ticket(service=service), make_ticket(service=service)
    if before == "open":
        tickets.assign_ticket(double, assignee=agent, acting_user=agent)
    elif before in {"waiting", "answered"}:
        tickets.answer_ticket(double, body="Oui", version=1, then=before, acting_user=agent)
    elif before == "closed":
        tickets.close_ticket(double, reason="Vu", acting_user=agent)
    double.refresh_from_db()
    names = ("state", "closed_at", "resolution_minutes", "due_at", "first_answer_at", "assignee_id", "reopen_count")
    was = {name: getattr(double, name) for name in names}
    merge(double, kept, agent)
    merging.undo_merge(double, acting_user=agent)
    double.refresh_from_db()
    assert {name: getattr(double, name) for name in names} == was
    assert (double.merged_into, double.state_before_merge) == (None, "")
    assert kept.log.filter(event=Event.UNMERGED, actor=agent).exists()
    assert double.log.filter(event=Event.UNMERGED, actor=agent).exists()
    with pytest.raises(Refusal, match="n’est pas regroupée"):
        merging.undo_merge(double, acting_user=agent)


def test_what_one_is_owed_the_other_owes_by_the_earlier_date(agent, service):
    first = make_ticket(service=service, at=timezone.now() - timedelta(days=9))
    kept = make_ticket(service=service, answered_by=agent)
    merge(first, kept, agent)
    kept.refresh_from_db()
    assert kept.state == State.OPEN
    assert kept.has_unread
    assert kept.due_at == max(first.due_at, kept.received_at)


def test_refused_merges(agent, service, staff):
    kept, double, third = (make_ticket(service=service) for _ in range(3))
    closed = make_ticket(service=service, answered_by=agent, closed_by=agent)
    elsewhere = make_ticket(service=ServiceFactory(members=[agent]))
    other = make_ticket(service=service, requester_email="autre@exemple.example")
    for into, why in [
        (double, "elle-même"),
        (closed, "est close"),
        (elsewhere, "transmettez"),
        (other, "personnes différentes"),
    ]:
        with pytest.raises(Refusal, match=why):
            merge(double, into, agent)
    with pytest.raises(Refusal, match="a changé"):
        merge(double, kept, agent, version=double.version + 1)
    merge(double, kept, agent)
    for source, into, why in [
        (third, double, "elle-même regroupée"),
        (double, third, "déjà regroupée"),
        (kept, third, "D’autres demandes"),
    ]:
        with pytest.raises(Refusal, match=why):
            merge(source, into, agent)
    with pytest.raises(Refusal, match="regroupée"):
        tickets.reopen_ticket(double, acting_user=agent)


def test_two_accounts_with_one_address_are_two_people(agent, service):
    kept = make_ticket(service=service, requester=UserFactory())
    double = make_ticket(service=service, requester=UserFactory())
    with pytest.raises(Refusal, match="personnes différentes"):
        merge(double, kept, agent)


@pytest.mark.parametrize("wrong", ["itself", "chain", "chain from the other side", "open", "restored wrongly"])
def test_database_refuses_what_no_verb_does(agent, service, wrong):
    kept, double, third = (make_ticket(service=service) for _ in range(3))
    merge(double, kept, agent)
    now = timezone.now()
    merged = {"state": State.CLOSED, "closed_at": now, "resolution_minutes": 1, "state_before_merge": State.NEW}
    still_open = {"state_before_merge": State.NEW}
    other_state = {"merged_into": None, "state_before_merge": "", "state": State.OPEN, "closed_at": None}
    ticket, values = {
        "itself": (third, {"merged_into": third, **merged}),
        "chain": (third, {"merged_into": double, **merged}),
        "chain from the other side": (kept, {"merged_into": third, **merged}),
        "open": (third, {"merged_into": kept, **still_open}),
        "restored wrongly": (double, {**other_state, "resolution_minutes": None}),
    }[wrong]
    with pytest.raises(IntegrityError), transaction.atomic():
        Ticket.objects.filter(pk=ticket.pk).update(**values)


def test_reply_on_the_merged_one_reaches_the_other(agent, service):
    kept, double = make_ticket(service=service, answered_by=agent), make_ticket(service=service)
    merge(double, kept, agent)
    message = tickets.requester_reply(double, body="J’ajoute ceci.")
    assert message.ticket == kept
    double.refresh_from_db()
    assert (double.state, double.merged_into) == (State.CLOSED, kept)
    assert kept.log.filter(event=Event.REPLIED, detail__contains=double.reference).exists()


def test_reply_of_another_person_leaves_the_merge(agent, staff, service):
    supervisor = staff(Role.CRC_SUPERVISOR)
    kept = make_ticket(service=service)
    double = make_ticket(service=service, requester_email="autre@exemple.example")
    merge(double, kept, supervisor)
    message = tickets.requester_reply(double, body="Et moi ?")
    assert message.ticket == double
    double.refresh_from_db()
    assert (double.state, double.merged_into, double.has_unread) == (State.NEW, None, True)
    assert kept.log.filter(event=Event.UNMERGED).exists()


def test_machine_of_another_person_does_not_undo_the_merge(agent, staff, service):
    kept = make_ticket(service=service)
    double = make_ticket(service=service, requester_email="autre@exemple.example")
    merge(double, kept, staff(Role.CRC_SUPERVISOR))
    message = tickets.requester_reply(double, body="Je suis absent.", quietly=True)
    double.refresh_from_db()
    assert (message.ticket, double.merged_into, double.state) == (double, kept, State.CLOSED)


def test_nothing_of_one_is_shown_to_the_other(client, agent, staff, service):
    """Bodies, notes, subjects, names and references, on tracking pages, in « Mon espace » and in mails."""
    supervisor = staff(Role.CRC_SUPERVISOR)
    owners = {"alpha": UserFactory(), "beta": UserFactory()}
    made = {
        name: make_ticket(
            service=service,
            requester=owner,
            requester_name=f"Nom-{name}",
            requester_email=f"{name}@exemple.example",
            subject=f"Objet-{name}",
            body=f"Corps-{name}",
        )
        for name, owner in owners.items()
    }
    for name, ticket in made.items():
        tickets.add_note(ticket, body=f"Note-{name}", acting_user=agent)
    merge(made["beta"], made["alpha"], supervisor, reason="Raison-secrète")
    made["alpha"].refresh_from_db()
    tickets.answer_ticket(
        made["alpha"], body="Réponse-alpha", version=made["alpha"].version, acting_user=agent, last_seen=0
    )
    shown = {}
    for name, ticket in made.items():
        client.force_login(owners[name])
        pages = [
            client.get(reverse("crc:tracking", args=[tracking_token(ticket)])),
            client.get(reverse("crc:mine_ticket", args=[ticket.reference])),
            client.get(reverse("crc:mine")),
        ]
        assert {response.status_code for response in pages} == {200}
        shown[name] = "".join(response.content.decode() for response in pages)
        mails = Mail.objects.filter(to=f"{name}@exemple.example")
        assert mails.exists()
        shown[name] += "".join(f"{mail.subject} {mail.text} {mail.html}" for mail in mails)
    for name, other in (("alpha", "beta"), ("beta", "alpha")):
        assert f"Corps-{name}" in shown[name]
        for secret in (f"-{other}", made[other].reference, f"{other}@exemple", f"Note-{name}", "Raison-secrète"):
            assert secret not in shown[name]
        assert client.get(reverse("crc:mine_ticket", args=[made["alpha"].reference])).status_code == 404


def test_pages_of_one_person_show_their_own_ticket_only(client, agent, service):
    kept = make_ticket(service=service, subject="Objet-alpha", body="Corps-alpha")
    double = make_ticket(service=service, subject="Objet-beta", body="Corps-beta")
    merge(double, kept, agent)
    content = client.get(reverse("crc:tracking", args=[tracking_token(double)])).content.decode()
    assert "Corps-beta" in content
    assert kept.reference in content
    assert "-alpha" not in content
    assert "-beta" not in client.get(reverse("crc:tracking", args=[tracking_token(kept)])).content.decode()


def test_merged_tickets_follow_to_another_service(agent, service):
    kept, double = make_ticket(service=service), make_ticket(service=service)
    merge(double, kept, agent)
    health = ServiceFactory(is_restricted=True)
    tickets.reroute_ticket(kept, service=health, reason="Santé", acting_user=agent)
    double.refresh_from_db()
    assert double.service == health
    assert not Ticket.objects.visible_to(agent).exists()
    assert double.routing_decisions.last().decided_by == agent
    merging.undo_merge(double, acting_user=agent)
    double.refresh_from_db()
    assert (double.state, double.service) == (State.NEW, health)


# At once ------------------------------------------------------------------------------------------------------------
def at_once(*acts):
    """Run the acts in threads that start together; what each gave, or the exception it raised."""
    outcome, gate = [None] * len(acts), threading.Barrier(len(acts))

    def run(place, act):
        try:
            gate.wait()
            outcome[place] = act()
        except Exception as error:
            outcome[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[place, act]) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcome


def two_agents(staff):
    agents = [staff(Role.CRC_AGENT), staff(Role.CRC_AGENT)]
    service = ServiceFactory(members=agents)
    return [User.objects.get(pk=one.pk) for one in agents], service


@pytest.mark.django_db(transaction=True)
def test_opposite_merges_at_once_and_one_wins(staff):
    (one, other), service = two_agents(staff)
    for _ in range(5):
        a, b = make_ticket(service=service), make_ticket(service=service)
        outcome = at_once(lambda a=a, b=b: merge(a, b, one), lambda a=a, b=b: merge(b, a, other))
        assert sum(isinstance(result, Ticket) for result in outcome) == 1
        assert sum(isinstance(result, Refusal) for result in outcome) == 1
        assert Ticket.objects.filter(pk__in=[a.pk, b.pk], merged_into__isnull=False).count() == 1
        assert Ticket.objects.filter(pk__in=[a.pk, b.pk]).to_answer().count() == 1


@pytest.mark.django_db(transaction=True)
def test_opposite_merges_without_the_verb_and_one_wins(staff):
    _, service = two_agents(staff)
    a, b = make_ticket(service=service), make_ticket(service=service)

    def raw(source, into):
        return Ticket.objects.filter(pk=source.pk).update(
            merged_into=into,
            state_before_merge=State.NEW,
            state=State.CLOSED,
            closed_at=timezone.now(),
            resolution_minutes=1,
        )

    outcome = at_once(lambda: raw(a, b), lambda: raw(b, a))
    assert sorted(isinstance(result, Exception) for result in outcome) == [False, True]
    assert Ticket.objects.filter(merged_into__isnull=False).count() == 1


@pytest.mark.django_db(transaction=True)
def test_reply_during_the_merge_is_never_lost(staff):
    (one, _), service = two_agents(staff)
    for _ in range(5):
        kept, double = make_ticket(service=service, answered_by=one), make_ticket(service=service)
        version = double.version

        def merging_it(double=double, kept=kept, version=version):
            return merging.merge_tickets(double, into=kept, reason="Doublon", version=version, acting_user=one)

        outcome = at_once(merging_it, lambda double=double: tickets.requester_reply(double, body="Alors ?"))
        assert isinstance(outcome[1], Message)
        holder = Ticket.objects.get(pk=outcome[1].ticket_id)
        assert holder.is_to_answer
        assert holder.merged_into_id is None


@pytest.mark.django_db(transaction=True)
def test_answer_and_assignment_at_once_both_count_or_one_is_told(staff):
    (one, other), service = two_agents(staff)
    ticket = make_ticket(service=service)
    outcome = at_once(
        lambda: tickets.answer_ticket(ticket, body="Oui", version=1, last_seen=0, acting_user=one),
        lambda: tickets.assign_ticket(ticket, assignee=other, acting_user=other),
    )
    ticket.refresh_from_db()
    assert isinstance(outcome[1], Ticket)
    assert ticket.assignee == other
    answered = ticket.messages.filter(direction=Direction.OUT).count()
    assert answered == (0 if isinstance(outcome[0], Refusal) else 1)


@pytest.mark.django_db(transaction=True)
def test_two_agents_take_a_ticket_at_once_and_the_log_says_both(staff):
    (one, other), service = two_agents(staff)
    ticket = make_ticket(service=service)
    at_once(
        lambda: tickets.assign_ticket(ticket, assignee=one, acting_user=one),
        lambda: tickets.assign_ticket(ticket, assignee=other, acting_user=other),
    )
    ticket.refresh_from_db()
    last = ticket.log.filter(event=Event.ASSIGNED).order_by("-pk")
    assert last[0].actor == ticket.assignee
    assert last.count() == 2
    assert ticket.version == 3


@pytest.mark.django_db(transaction=True)
def test_draft_kept_while_its_answer_leaves_does_not_stay(staff):
    (one, _), service = two_agents(staff)
    for _ in range(5):
        ticket = make_ticket(service=service)
        seen = ticket.messages.get().pk
        outcome = at_once(
            lambda ticket=ticket, seen=seen: drafts.save_draft(ticket, body="Oui", last_seen=seen, acting_user=one),
            lambda ticket=ticket, seen=seen: tickets.answer_ticket(
                ticket, body="Oui", version=1, last_seen=seen, acting_user=one
            ),
        )
        assert isinstance(outcome[1], Message)
        assert not AnswerDraft.objects.exists()

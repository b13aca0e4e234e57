from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from cned_portal.users.enums import Role
from cned_portal.users.models import User
from crc.domain import bulk, drafts, macros, mentions, presence, relations, tickets
from crc.domain.refusals import Refusal
from crc.enums import Event, LinkKind, Public, State
from crc.models import AnswerDraft, Follower, Macro, Mention, Tag, TicketLink, TicketTag
from tests.crc.factories import ServiceFactory, make_ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(agent):
    return ServiceFactory(members=[agent])


@pytest.fixture
def ticket(service):
    return make_ticket(service=service)


@pytest.fixture
def colleague(staff, service):
    person = staff(Role.CRC_AGENT, first_name="Anne-Marie", last_name="de l’Été")
    person.service_memberships.create(service=service)
    return person


# Links and tags -----------------------------------------------------------------------------------------------------
def test_link_is_symmetrical_and_unique(agent, service, ticket):
    other = make_ticket(service=service)
    relations.link_tickets(ticket, other=other, acting_user=agent)
    relations.link_tickets(other, other=ticket, kind=LinkKind.DUPLICATE, acting_user=agent)
    link = TicketLink.objects.get()
    assert (link.kind, link.linked_by) == (LinkKind.DUPLICATE, agent)
    assert ticket.log.filter(event=Event.LINKED).count() == other.log.filter(event=Event.LINKED).count() == 2
    with pytest.raises(Refusal, match="elle-même"):
        relations.link_tickets(ticket, other=ticket, acting_user=agent)
    relations.unlink_tickets(other, other=ticket, acting_user=agent)
    relations.unlink_tickets(other, other=ticket, acting_user=agent)
    assert not TicketLink.objects.exists()
    assert ticket.log.filter(event=Event.UNLINKED).count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        TicketLink.objects.create(first=other, second=ticket)


def test_tag_says_who_and_when(agent, ticket):
    tag = Tag.objects.create(code="urgent", label="Urgent")
    relations.tag_ticket(ticket, tag=tag, acting_user=agent)
    relations.tag_ticket(ticket, tag=tag, acting_user=agent)
    row = TicketTag.objects.get()
    assert row.tagged_by == agent
    assert list(ticket.tags.all()) == [tag]
    assert ticket.log.filter(event=Event.TAGGED, actor=agent, detail="Urgent").count() == 1
    relations.untag_ticket(ticket, tag=tag, acting_user=agent)
    assert not ticket.tags.exists()
    tag.is_active = False
    with pytest.raises(Refusal, match="n’est plus proposée"):
        relations.tag_ticket(ticket, tag=tag, acting_user=agent)


# Mentions -----------------------------------------------------------------------------------------------------------
def test_mention_follows_and_waits_until_seen(agent, colleague, ticket):
    mentions.write_note(ticket, body="@anne-marie.de-l-ete, un avis ?", acting_user=agent)
    mention = Mention.objects.get()
    assert (mention.user, mention.seen_at) == (colleague, None)
    assert Follower.objects.get().user == colleague
    relations.mark_ticket_seen(ticket, acting_user=colleague)
    mention.refresh_from_db()
    assert mention.seen_at is not None


def test_who_may_not_read_cannot_be_mentioned(agent, staff, ticket):
    outsider = staff(Role.CRC_AGENT, first_name="Zoé", last_name="Ailleurs")
    for note, mentioned in (("Vois ceci", [outsider]), ("@zoe.ailleurs vois ceci", [])):
        with pytest.raises(Refusal, match="ne peut pas lire"):
            mentions.write_note(ticket, body=note, mentioned=mentioned, acting_user=agent)
    assert not Mention.objects.exists()
    assert ticket.messages.count() == 1


@pytest.mark.parametrize("reading", [Role.CRC_SUPERVISOR, Role.QUALITY_MANAGER])
def test_whoever_reads_every_service_can_be_mentioned(agent, staff, ticket, reading):
    person = staff(reading)
    mentions.write_note(ticket, body="Avis ?", mentioned=[person], acting_user=agent)
    assert Mention.objects.get().user == person


def test_unknown_and_ambiguous_names_are_refused(agent, staff, colleague, ticket):
    staff(Role.CRC_AGENT, first_name="anne marie", last_name="DE L’ETE")
    for note, why in (("@jean.inconnu ?", "aucun collègue"), ("@anne-marie.de-l-ete ?", "plusieurs")):
        with pytest.raises(Refusal, match=why):
            mentions.write_note(ticket, body=note, acting_user=agent)


def test_mail_address_in_a_note_names_nobody(agent, ticket):
    mentions.write_note(ticket, body="Écrire à camille@exemple.example", acting_user=agent)
    assert not Mention.objects.exists()


def test_naming_oneself_changes_nothing(agent, ticket):
    mentions.write_note(ticket, body="Pour moi", mentioned=[agent], acting_user=agent)
    assert not Mention.objects.exists()


# Macros -------------------------------------------------------------------------------------------------------------
def test_macro_is_filled_from_the_ticket_in_one_pass(agent, service):
    ticket = make_ticket(service=service, requester_name="{agent} Exemple")
    macro = Macro.objects.create(
        name="Dossier",
        body="{demandeur} {reference} {service} {formation} {date_promise} {agent}",
    )
    text = macros.fill_macro(macro, ticket, agent)
    assert text.startswith(f"{{agent}} Exemple {ticket.reference} {service.name} votre formation ")
    assert text.endswith(agent.get_full_name())


def test_unknown_variable_is_refused_by_its_name():
    macro = Macro(name="X", body="Bonjour {prénom}")
    with pytest.raises(ValidationError) as refused:
        macro.full_clean()
    assert "{prénom}" in refused.value.message_dict["body"][0]


def test_macros_are_found_by_folded_words_for_this_ticket(service, ticket):
    found = Macro.objects.create(name="Pièces manquantes", body="Envoyez l’élève inscrit.", service=service)
    Macro.objects.create(name="Pièces ailleurs", body="x", service=ServiceFactory())
    Macro.objects.create(name="Pièces entreprise", body="x", publics=[Public.COMPANY])
    Macro.objects.create(name="Pièces retirées", body="x", is_active=False)
    assert list(macros.find_macros(ticket, "PIECES")) == [found]
    assert list(macros.find_macros(ticket, "eleves pieces")) == [found]
    assert list(macros.find_macros(ticket, "pièces chaussure")) == []


# Drafts and presence ------------------------------------------------------------------------------------------------
def test_draft_is_kept_once_and_leaves_with_the_answer(agent, ticket):
    seen = ticket.messages.get().pk
    for body in ("Bon", "Bonjour"):
        drafts.save_draft(ticket, body=body, last_seen=seen, acting_user=agent)
    assert AnswerDraft.objects.get().body == "Bonjour"
    tickets.answer_ticket(ticket, body="Bonjour.", version=1, last_seen=seen, acting_user=agent)
    assert not AnswerDraft.objects.exists()
    drafts.save_draft(ticket, body="Bonjour", last_seen=seen, acting_user=agent)  # this saving arrives too late
    assert not AnswerDraft.objects.exists()


def test_empty_draft_is_forgotten(agent, ticket):
    drafts.save_draft(ticket, body="Bon", last_seen=0, acting_user=agent)
    drafts.save_draft(ticket, body="", last_seen=0, acting_user=agent)
    assert not AnswerDraft.objects.exists()


def test_presence_tells_who_reads_and_who_writes(agent, colleague, ticket):
    presence.tell_presence(ticket, agent)
    presence.tell_presence(ticket, colleague)
    assert presence.others_on(ticket, agent) == [presence.Present(colleague.get_full_name(), False)]
    drafts.save_draft(ticket, body="Bon", last_seen=0, acting_user=colleague)
    assert presence.others_on(ticket, agent) == [presence.Present(colleague.get_full_name(), True)]
    assert presence.others_on(make_ticket(), agent) == []


def test_presence_ends_by_itself(agent, colleague, ticket, monkeypatch):
    presence.tell_presence(ticket, colleague)
    later = presence.time.time() + presence.LIFE + 1
    monkeypatch.setattr(presence.time, "time", lambda: later)
    assert presence.others_on(ticket, agent) == []


# Several at once ----------------------------------------------------------------------------------------------------
def test_bulk_does_what_may_be_done_and_says_why_not(agent, service, ticket):
    agent = User.objects.get(pk=agent.pk)
    closed = make_ticket(service=service, answered_by=agent, closed_by=agent)
    hidden = make_ticket(service=ServiceFactory())
    outcome = bulk.act_on_tickets(
        [ticket.reference, closed.reference, hidden.reference, ticket.reference],
        bulk.closing("Campagne terminée"),
        acting_user=agent,
    )
    assert outcome.done == 1
    assert dict(outcome.refused) == {
        closed.reference: "Cette demande est déjà close.",
        hidden.reference: "Cette demande est introuvable.",
    }
    ticket.refresh_from_db()
    hidden.refresh_from_db()
    assert (ticket.state, hidden.state) == (State.CLOSED, State.NEW)


def test_bulk_is_refused_to_who_only_reads(staff, ticket):
    reader = User.objects.get(pk=staff(Role.QUALITY_MANAGER).pk)
    outcome = bulk.act_on_tickets([ticket.reference], bulk.marking_read(), acting_user=reader)
    assert outcome.done == 0
    assert "vos services" in outcome.refused[0][1]


def test_bulk_stops_at_fifty(agent):
    with pytest.raises(Refusal, match="50"):
        bulk.act_on_tickets([str(number) for number in range(51)], bulk.marking_read(), acting_user=agent)


def test_followed_ticket_is_new_after_a_message_only(agent, ticket):
    relations.follow_ticket(ticket, acting_user=agent)
    relations.follow_ticket(ticket, acting_user=agent)
    follower = Follower.objects.get()
    later = timezone.now() + timedelta(minutes=5)
    tickets.requester_reply(ticket, body="Alors ?", at=later)
    assert Follower.objects.filter(relations.news()).exists()
    Follower.objects.filter(pk=follower.pk).update(seen_at=later)
    assert not Follower.objects.filter(relations.news()).exists()
    relations.unfollow_ticket(ticket, acting_user=agent)
    assert not Follower.objects.exists()

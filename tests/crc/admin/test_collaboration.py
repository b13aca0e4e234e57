"""What agents do around a ticket, from its page and from the queue."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.backoffice import registry
from cned_portal.users.enums import Role
from cned_portal.users.models import User
from crc.domain import mentions, merging, relations, tickets
from crc.enums import State
from crc.models import AnswerDraft, Macro, Tag, Ticket, TicketLink
from tests.crc.admin.test_desk import QUEUE, answer_to, page, url_of
from tests.crc.factories import ServiceFactory, TopicFactory, make_ticket

pytestmark = pytest.mark.django_db
BULK = "/gestion/demandes/lot/appliquer/"
ACTS = {
    "merge": {"reference": "2026-BCDFGHJK", "reason": "x", "version": "1"},
    "unmerge": {},
    "split": {"messages": "1", "topic": "x", "subject": "x", "version": "1"},
    "unsplit": {},
    "link": {"reference": "2026-BCDFGHJK", "kind": "related"},
    "unlink": {"reference": "2026-BCDFGHJK"},
    "tag": {"tag": "1"},
    "untag": {"tag": "urgent"},
    "follow": {},
    "unfollow": {},
    "seen": {},
    "draft": {"body": "x", "last_seen": "1"},
    "presence": {},
}


@pytest.fixture
def service(agent):
    return ServiceFactory(members=[agent])


@pytest.fixture
def ticket(service):
    return make_ticket(service=service, subject="Ma question")


@pytest.fixture
def desk(client, agent):
    client.force_login(agent)
    return client


@pytest.fixture
def colleague(staff, service):
    person = staff(Role.CRC_AGENT, first_name="Sacha", last_name="Exemple")
    person.service_memberships.create(service=service)
    return person


# Access -------------------------------------------------------------------------------------------------------------
def test_agent_of_another_service_finds_nothing(client, staff, ticket):
    client.force_login(staff(Role.CRC_AGENT))
    for act, typed in ACTS.items():
        assert client.post(url_of(ticket, act), typed).status_code == 404


@pytest.mark.parametrize("role", [Role.QUALITY_MANAGER, Role.AUDITOR])
def test_who_only_reads_cannot_act(client, staff, ticket, role):
    client.force_login(staff(role))
    for act, typed in ACTS.items():
        assert client.post(url_of(ticket, act), typed).status_code == 403
    assert client.post(BULK, {"action": "read", "demande": ticket.reference}).status_code == 403
    assert 'name="demande"' not in page(client.get(QUEUE))


@pytest.mark.parametrize("act", ACTS)
def test_acts_are_posts(desk, ticket, act):
    assert desk.get(url_of(ticket, act)).status_code == 405


@pytest.mark.parametrize("act", ["merge", "link"])
def test_ticket_that_one_may_not_read_is_not_named(desk, ticket, act):
    hidden = make_ticket(service=ServiceFactory())
    response = desk.post(url_of(ticket, act), {**ACTS[act], "reference": hidden.reference})
    assert "Aucune demande que vous pouvez lire" in page(response)
    assert not TicketLink.objects.exists()
    assert not Ticket.objects.filter(merged_into__isnull=False).exists()


# Merge, split -------------------------------------------------------------------------------------------------------
def test_merge_and_undo_from_the_page(desk, service, ticket):
    double = make_ticket(service=service, subject="Encore moi", body="Je réécris.")
    typed = {"reference": ticket.reference.lower(), "reason": "Doublon", "version": double.version}
    response = desk.post(url_of(double, "merge"), typed, follow=True)
    content = page(response)
    assert f"La demande {double.reference} est regroupée avec celle-ci." in content
    assert [message.ticket_id for message in response.context["thread"]] == [ticket.pk, double.pk]
    assert f"Demande regroupée {double.reference}" in content
    assert "Je réécris." in content
    assert "Annuler le regroupement" in page(desk.get(url_of(double)))
    desk.post(url_of(double, "unmerge"))
    double.refresh_from_db()
    assert (double.state, double.merged_into) == (State.NEW, None)
    assert "Je réécris." not in page(desk.get(url_of(ticket)))


def test_refused_merge_keeps_what_was_typed(desk, service, ticket):
    other = make_ticket(service=service, requester_email="autre@exemple.example")
    typed = {"reference": other.reference, "reason": "Même famille", "version": ticket.version}
    response = desk.post(url_of(ticket, "merge"), typed)
    assert response.status_code == 409
    assert "personnes différentes" in page(response)
    assert "Même famille" in page(response)


def test_split_and_undo_from_the_page(desk, ticket):
    topic = TopicFactory()
    tickets.requester_reply(ticket, body="Autre chose.")
    ticket.refresh_from_db()
    chosen = ticket.messages.order_by("pk").last().pk
    typed = {"messages": [chosen], "topic": topic.code, "subject": "Autre chose", "version": ticket.version}
    response = desk.post(url_of(ticket, "split"), typed, follow=True)
    new = Ticket.objects.get(topic=topic)
    assert f"La demande {new.reference} est créée." in page(response)
    # The new one is in a service where the agent does not work: its text stays closed to them.
    assert desk.get(url_of(new)).status_code == 404
    new.service.memberships.create(user=User.objects.get(pk=desk.session["_auth_user_id"]))
    assert f"Repris de la demande {ticket.reference}" in page(desk.get(url_of(new)))
    assert "scindée de celle-ci" in page(desk.get(url_of(ticket)))
    desk.post(url_of(new, "unsplit"))
    new.refresh_from_db()
    assert new.state == State.CLOSED


# Around a ticket ----------------------------------------------------------------------------------------------------
def test_link_of_another_service_shows_only_to_who_reads_it(client, desk, staff, ticket):
    hidden = make_ticket(service=ServiceFactory(), subject="Très confidentiel")
    relations.link_tickets(ticket, other=hidden, acting_user=staff(Role.CRC_SUPERVISOR))
    assert "Très confidentiel" not in page(desk.get(url_of(ticket)))
    client.force_login(staff(Role.CRC_SUPERVISOR))
    assert "Très confidentiel" in page(client.get(url_of(ticket)))


def test_tag_link_follow_from_the_page(desk, agent, service, ticket):
    other, tag = make_ticket(service=service), Tag.objects.create(code="urgent", label="Urgent")
    desk.post(url_of(ticket, "tag"), {"tag": tag.pk})
    desk.post(url_of(ticket, "link"), {"reference": other.reference, "kind": "duplicate"})
    desk.post(url_of(ticket, "follow"))
    content = page(desk.get(url_of(other)))
    assert f"{ticket.reference}, doublon" in content
    assert [row.pk for row in desk.get(QUEUE, {"etiquette": "urgent"}).context["page"].rows] == [ticket.pk]
    assert [row.pk for row in desk.get(QUEUE, {"suivies": "1"}).context["page"].rows] == [ticket.pk]
    assert not desk.get(QUEUE, {"etiquette": "inconnue"}).context["page"].rows
    desk.post(url_of(ticket, "untag"), {"tag": "urgent"})
    desk.post(url_of(ticket, "unlink"), {"reference": other.reference})
    desk.post(url_of(ticket, "unfollow"))
    assert not ticket.tags.exists()
    assert not TicketLink.objects.exists()
    assert not ticket.followers.exists()


def todos_of(user):
    user = User.objects.get(pk=user.pk)
    provider = next(one for one in registry.todo_providers if one.__name__ == "what_concerns_me")
    return {item.label: item for item in provider(user)}


def test_mention_waits_on_the_home_page_until_the_ticket_is_open(client, desk, colleague, ticket):
    response = desk.post(url_of(ticket, "note"), {"note": "@sacha.exemple ton avis ?"})
    assert response.status_code == 302
    todo = todos_of(colleague)["On vous a mentionné"]
    client.force_login(colleague)
    assert [row.pk for row in client.get(todo.url).context["page"].rows] == [ticket.pk]
    assert "On vous a mentionné dans une note" in page(client.get(url_of(ticket)))
    client.post(url_of(ticket, "presence"), headers={"HX-Request": "true"})
    assert "On vous a mentionné" not in todos_of(colleague)


def test_refused_mention_is_said_next_to_the_note_and_keeps_it(desk, ticket):
    response = desk.post(url_of(ticket, "note"), {"note": "@jean.inconnu ton avis ?"})
    assert "ne désigne aucun collègue" in page(response)
    assert "@jean.inconnu ton avis ?" in page(response)
    assert ticket.messages.count() == 1


def test_followed_ticket_tells_a_new_message_once_seen_no_more(desk, agent, ticket):
    relations.follow_ticket(ticket, acting_user=agent)
    label = "Messages nouveaux sur les demandes suivies"
    assert label not in todos_of(agent)
    tickets.requester_reply(ticket, body="Alors ?")
    todo = todos_of(agent)[label]
    assert [row.pk for row in desk.get(todo.url).context["page"].rows] == [ticket.pk]
    desk.post(url_of(ticket, "seen"))
    assert label not in todos_of(agent)
    assert not desk.get(todo.url).context["page"].rows


def test_ticket_no_longer_readable_leaves_what_concerns_me(agent, colleague, ticket):
    mentions.write_note(ticket, body="Avis ?", mentioned=[colleague], acting_user=agent)
    colleague.service_memberships.all().delete()
    assert todos_of(colleague) == {}


# Macros, drafts, presence -------------------------------------------------------------------------------------------
def test_macro_is_searched_then_fills_the_box(desk, ticket):
    macro = Macro.objects.create(
        name="Dossier reçu", body="Bonjour {demandeur}, dossier {reference}.", next_state=State.WAITING
    )
    content = page(desk.get(url_of(ticket), {"modele": "DOSSIERS recu"}))
    assert f"?reponse={macro.pk}#" in content
    form = desk.get(url_of(ticket), {"reponse": macro.pk}).context["forms"]["answer"]
    assert form["body"].value() == f"Bonjour {ticket.requester_name}, dossier {ticket.reference}."
    assert form["then"].value() == State.WAITING


@pytest.mark.parametrize("reponse", ["x", "0", "99999999", "9" * 40, "²", "-1"])
def test_unknown_macro_is_ignored(desk, ticket, reponse):
    response = desk.get(url_of(ticket), {"reponse": reponse})
    assert response.context["forms"]["answer"]["body"].value() == ""


def test_draft_is_kept_restored_and_sent(desk, agent, ticket):
    typed = answer_to(ticket, body="Mon début de réponse")
    fragment = desk.post(url_of(ticket, "draft"), typed, headers={"HX-Request": "true"})
    assert "Texte gardé" in page(fragment)
    response = desk.get(url_of(ticket))
    assert response.context["forms"]["answer"]["body"].value() == "Mon début de réponse"
    macro = Macro.objects.create(name="Formule", body="Cordialement")
    body = desk.get(url_of(ticket), {"reponse": macro.pk}).context["forms"]["answer"]["body"].value()
    assert body == "Mon début de réponse\n\nCordialement"
    assert "Votre texte est gardé." in page(desk.post(url_of(ticket, "draft"), typed, follow=True))
    desk.post(url_of(ticket, "answer"), typed)
    assert not AnswerDraft.objects.exists()


def test_draft_is_its_author_s_alone(client, desk, colleague, ticket):
    desk.post(url_of(ticket, "draft"), answer_to(ticket, body="Brouillon privé"))
    client.force_login(colleague)
    content = page(client.get(url_of(ticket)))
    assert "Brouillon privé" not in content
    assert "écrit une réponse" in content


def test_presence_is_told_to_the_other(client, desk, agent, colleague, ticket):
    desk.post(url_of(ticket, "presence"), headers={"HX-Request": "true"})
    client.force_login(colleague)
    fragment = client.post(url_of(ticket, "presence"), headers={"HX-Request": "true"})
    assert f"{agent.get_full_name()} lit aussi cette demande" in page(fragment)
    # The same news again is not sent, so that a screen reader does not repeat it.
    again = client.post(url_of(ticket, "presence"), {"present": agent.get_full_name()}, headers={"HX-Request": "true"})
    assert again.status_code == 204


def test_draft_too_long_is_said_and_kept_on_the_page(desk, ticket):
    typed = answer_to(ticket, body="x" * 20_001)
    fragment = desk.post(url_of(ticket, "draft"), typed, headers={"HX-Request": "true"})
    assert "trop long" in page(fragment)
    assert "x" * 20_001 in page(desk.post(url_of(ticket, "draft"), typed))
    assert not AnswerDraft.objects.exists()


def test_agent_is_told_when_the_answer_leaves_to_one_person_of_two(client, staff, service, ticket):
    supervisor = staff(Role.CRC_SUPERVISOR)
    other = make_ticket(service=service, requester_name="Alix Autre", requester_email="autre@exemple.example")
    merging.merge_tickets(other, into=ticket, reason="x", version=other.version, acting_user=supervisor)
    client.force_login(supervisor)
    assert "vient d’une autre personne (Alix Autre)" in page(client.get(url_of(ticket)))


# Several at once ----------------------------------------------------------------------------------------------------
def test_bulk_from_the_queue_says_what_was_done_and_what_was_not(desk, agent, service, ticket):
    closed = make_ticket(service=service, answered_by=agent, closed_by=agent)
    typed = {"action": "close", "reason": "Fin", "demande": [ticket.reference, closed.reference], "retour": "etat=new"}
    response = desk.post(BULK, typed, follow=True)
    content = page(response)
    assert "1 demande traitée." in content
    assert f"1 demande refusée – {closed.reference} : Cette demande est déjà close." in content
    assert response.redirect_chain[0][0].endswith("?etat=new")


def test_bulk_assigns_tags_and_marks_read(desk, colleague, service, ticket):
    tag, other = Tag.objects.create(code="urgent", label="Urgent"), make_ticket(service=service)
    chosen = {"demande": [ticket.reference, other.reference]}
    desk.post(BULK, {"action": "assign", "assignee": colleague.pk, **chosen})
    desk.post(BULK, {"action": "tag", "tag": tag.pk, **chosen})
    desk.post(BULK, {"action": "read", **chosen})
    for one in (ticket, other):
        one.refresh_from_db()
        assert (one.assignee, one.has_unread, list(one.tags.all())) == (colleague, False, [tag])


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"action": ""}, "Choisissez une action."),
        ({"action": "tag"}, "Choisissez une étiquette."),
        ({"action": "close"}, "Indiquez pourquoi"),
        ({"action": "read", "demande": []}, "Cochez au moins une demande."),
        ({"action": "read", "demande": [str(number) for number in range(51)]}, "Cochez 50 demandes au plus."),
    ],
)
def test_bulk_that_lacks_something_does_nothing_and_keeps_the_choice(desk, ticket, typed, why):
    typed = {"demande": [ticket.reference], **typed}
    response = desk.post(BULK, typed)
    content = page(response)
    assert response.status_code == 200
    assert why in content
    if typed["demande"] == [ticket.reference]:
        assert f'value="{ticket.reference}" checked' in content
    ticket.refresh_from_db()
    assert (ticket.state, ticket.has_unread) == (State.NEW, True)


def test_bulk_leaves_alone_what_another_service_owns(desk, ticket):
    hidden = make_ticket(service=ServiceFactory())
    response = desk.post(BULK, {"action": "read", "demande": [hidden.reference]}, follow=True)
    assert f"{hidden.reference} : Cette demande est introuvable." in page(response)
    hidden.refresh_from_db()
    assert hidden.has_unread


# Cost ---------------------------------------------------------------------------------------------------------------
def queries(client, url):
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_page_and_queue_cost_the_same_with_more_around(desk, agent, staff, service, ticket):
    tags = [Tag.objects.create(code=f"t{number}", label=f"T{number}") for number in range(3)]

    def grow(number):
        merged, linked = make_ticket(service=service), make_ticket(service=service)
        merging.merge_tickets(merged, into=ticket, reason="x", version=merged.version, acting_user=agent)
        relations.link_tickets(ticket, other=linked, acting_user=agent)
        relations.tag_ticket(ticket, tag=tags[number], acting_user=agent)
        relations.tag_ticket(linked, tag=tags[number], acting_user=agent)
        person = staff(Role.CRC_AGENT)
        person.service_memberships.create(service=service)
        mentions.write_note(ticket, body="Avis ?", mentioned=[person], acting_user=agent)

    grow(0)
    urls = (url_of(ticket), QUEUE, f"{QUEUE}?suivies=1&etiquette=t0&mentions=1")
    before = [queries(desk, url) for url in urls]
    grow(1)
    grow(2)
    assert [queries(desk, url) for url in urls] == before
    assert before[0] <= 34
    assert before[1] <= 20


def test_todo_costs_three_queries_of_its_own(agent, colleague, ticket):
    user = User.objects.get(pk=agent.pk)
    user.has_perm("crc.view_ticket")
    relations.follow_ticket(ticket, acting_user=user)
    tickets.requester_reply(ticket, body="Alors ?", at=timezone.now() + timedelta(minutes=1))
    provider = next(one for one in registry.todo_providers if one.__name__ == "what_concerns_me")
    with CaptureQueriesContext(connection) as captured:
        assert len(provider(user)) == 1
    assert len(captured) == 3


def test_macro_page_of_supervisors_refuses_an_unknown_variable(client, staff):
    client.force_login(staff(Role.CRC_SUPERVISOR))
    response = client.post(reverse("admin:crc_macro_add"), {"name": "X", "body": "Bonjour {nom}", "is_active": "on"})
    assert "Variable inconnue : {nom}." in page(response)
    assert not Macro.objects.exists()
    client.post(reverse("admin:crc_macro_add"), {"name": "X", "body": "Bonjour {demandeur}", "is_active": "on"})
    assert Macro.objects.get().folded

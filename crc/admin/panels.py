"""What surrounds a ticket on its page: its merged thread, links, tags, followers, drafts, who else is there."""

from django.db.models import BooleanField, ExpressionWrapper, Q

from crc.domain.macros import fill_macro, find_macros
from crc.domain.merged import same_requester
from crc.domain.presence import others_on, summary
from crc.forms.desk import LinkForm, MergeForm, SplitForm, TagForm
from crc.models import Macro, Mention, Message, Ticket, TicketLink, TicketSplit

QUERY_MAX_LENGTH = 80


def thread_of(ticket):
    """Messages of the ticket and of those merged into it, in order, each with its ticket; four queries."""
    tickets = {one.pk: one for one in ticket.merged_tickets.all()} | {ticket.pk: ticket}
    thread = list(
        Message.objects.filter(ticket__in=tickets)
        .with_files()
        .select_related("author", "origin__original__ticket", "inbound_mail__mailbox")
        .defer("inbound_mail__html")
        .annotate(has_layout=ExpressionWrapper(Q(inbound_mail__html__gt=""), BooleanField()))
        .order_by("created_at", "pk")
    )
    for message in thread:
        message.ticket = tickets[message.ticket_id]
    return thread


def received_on(ticket, thread):
    """Of a thread, what the requester wrote on this very ticket."""
    return [message for message in thread if message.ticket_id == ticket.pk and message.is_from_requester]


def relations(ticket, user):
    """Links, splits, merges, tags and followers. Of another ticket, only what the person may read is shown."""
    links = list(TicketLink.objects.filter(Q(first=ticket) | Q(second=ticket)).order_by("pk"))
    splits = list(TicketSplit.objects.filter(Q(ticket=ticket) | Q(source=ticket)).order_by("pk"))
    keys = {key for link in links for key in (link.first_id, link.second_id)}
    keys |= {key for split in splits for key in (split.ticket_id, split.source_id)}
    merged = Q(merged_into=ticket) | Q(pk=ticket.merged_into_id)
    readable = {
        one.pk: one for one in Ticket.objects.visible_to(user).filter(Q(pk__in=keys) | merged).exclude(pk=ticket.pk)
    }
    merged_tickets = [one for one in readable.values() if one.merged_into_id == ticket.pk]
    return {
        "links": [
            {"kind": link.get_kind_display(), "ticket": readable[other]}
            for link in links
            if (other := link.second_id if link.first_id == ticket.pk else link.first_id) in readable
        ],
        "split_from": next(
            (
                {"ticket": readable.get(split.source_id), "undone_at": split.undone_at}
                for split in splits
                if split.ticket_id == ticket.pk
            ),
            None,
        ),
        "split_into": [
            {"ticket": readable[split.ticket_id], "undone_at": split.undone_at}
            for split in splits
            if split.source_id == ticket.pk and split.ticket_id in readable
        ],
        "merged": merged_tickets,
        "other_people": [one for one in merged_tickets if not same_requester(one, ticket)],
        "merged_into": readable.get(ticket.merged_into_id),
        "tags": ticket.ticket_tags.select_related("tag", "tagged_by").order_by("tag__label"),
        "followers": [follower.user for follower in ticket.followers.select_related("user").order_by("pk")],
        "mentioned": Mention.objects.filter(ticket=ticket, user=user, seen_at__isnull=True).exists(),
    }


def answering(request, ticket):
    """What the answer box starts with: the draft kept, then the macro chosen in the address."""
    drafts = list(ticket.drafts.all())
    draft = next((one for one in drafts if one.agent_id == request.user.pk), None)
    query = request.GET.get("modele", "").replace("\0", "").strip()[:QUERY_MAX_LENGTH]
    macro = _chosen_macro(request, ticket)
    texts = [draft.body if draft else "", fill_macro(macro, ticket, request.user) if macro else ""]
    return {
        "draft": draft,
        "macro": macro,
        "macro_query": query,
        "macros": find_macros(ticket, query) if query else [],
        "present": (present := others_on(ticket, request.user, drafts)),
        "summary": summary(present),
        "initial": {
            "body": "\n\n".join(text for text in texts if text),
            **({"then": macro.next_state} if macro and macro.next_state else {}),
            **({"meaning": macro.meaning} if macro and macro.meaning else {}),
        },
    }


def _chosen_macro(request, ticket):
    """The macro of `?reponse=`; a number that is none, or not for this ticket, is ignored."""
    key = request.GET.get("reponse", "")
    if not key.isascii() or not key.isdecimal() or len(key) > 9:
        return None
    return Macro.objects.for_ticket(ticket).filter(pk=int(key)).first()


def form_makers(ticket, user, thread):
    """Forms of the panels, by name, made when they are shown."""
    received = received_on(ticket, thread)
    version = {"version": ticket.version}
    return {
        "merge": lambda: MergeForm(user=user, initial=version),
        "split": lambda: SplitForm(received=received, initial=version),
        "link": lambda: LinkForm(user=user),
        "tag": TagForm,
    }

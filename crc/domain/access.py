"""Who may do what to a ticket. Who may read one is `Ticket.objects.visible_to(user)`."""


def _works_on(user, ticket):
    if user.service_memberships.filter(service=ticket.service_id).exists():
        return True
    return user.has_perm("crc.view_all_tickets") and not ticket.service.is_restricted


def _may(user, ticket, permission):
    # Nobody is at the other end of an anonymised ticket.
    return ticket.anonymised_at is None and user.is_active and user.has_perm(permission) and _works_on(user, ticket)


def can_answer_ticket(user, ticket):
    """Answer and write notes: an agent of the ticket's service, or a supervisor."""
    return _may(user, ticket, "crc.answer_ticket")


def can_assign_ticket(user, ticket):
    return _may(user, ticket, "crc.assign_ticket")


def can_reroute_ticket(user, ticket):
    return _may(user, ticket, "crc.reroute_ticket")


def can_close_ticket(user, ticket):
    """Close and reopen."""
    return _may(user, ticket, "crc.close_ticket")


def can_decide_complaint(user, ticket):
    """Write what was found of a complaint."""
    return _may(user, ticket, "crc.decide_complaint")


def can_review_complaint(user, ticket):
    """Look at a complaint again; that it is another person is checked by the verb."""
    return _may(user, ticket, "crc.review_complaint")


def can_merge_ticket(user, ticket):
    """Merge, split, and undo both."""
    return _may(user, ticket, "crc.merge_ticket")


def can_follow_ticket(user, ticket):
    """Follow: whoever answers requests and may read this one, which is how it was found."""
    return user.is_active and user.has_perm("crc.answer_ticket")

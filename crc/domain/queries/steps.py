"""Where a request stands, for its requester."""

from crc.enums import State


def steps(ticket):
    """The way of a request in plain words: (label, whether done, whether now)."""
    answered = ticket.first_answer_at is not None
    waiting = ticket.state == State.WAITING
    closed = ticket.state == State.CLOSED
    last = "En attente de votre réponse" if waiting else "Répondue"
    current = 4 if closed else 3 if ticket.state in {State.WAITING, State.ANSWERED} else 2
    return [
        {"label": "Reçue", "done": True, "current": False},
        {"label": f"Transmise au service « {ticket.service.name} »", "done": True, "current": current == 2},
        {"label": last, "done": answered, "current": current == 3},
        {"label": "Close", "done": closed, "current": current == 4},
    ]

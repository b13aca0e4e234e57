"""What an agent typed and has not sent."""

from django.utils import timezone

from cned_portal.common.verbs import verb
from crc.domain.merged import hold
from crc.enums import Direction
from crc.models import AnswerDraft


@verb
def save_draft(ticket, *, body, last_seen, acting_user):
    """Keep the text for the agent, or forget the one kept when it is empty.

    A saving that arrives after its own answer has left writes nothing: the draft would come back from the dead. The
    row is held, for the browser often sends both at once.
    """
    hold(ticket.pk)
    if ticket.messages.filter(direction=Direction.OUT, author=acting_user, pk__gt=last_seen).exists():
        return None
    if not body:
        AnswerDraft.objects.filter(ticket=ticket, agent=acting_user).delete()
        return None
    draft, _ = AnswerDraft.objects.update_or_create(
        ticket=ticket, agent=acting_user, defaults={"body": body, "saved_at": timezone.now()}
    )
    return draft

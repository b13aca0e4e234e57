"""What waits for an agent, on the home page of the back-office."""

from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from cned_portal.common.backoffice import LIST_CAP, Todo, todo
from crc.domain.queries.queue import EVERY, NEWS
from crc.enums import EscalationStep, State
from crc.models import Article, Ticket

SOON, LATE = EscalationStep.SOON, EscalationStep.LATE


@todo
def tickets_to_answer(user):
    """Late tickets, new ones, those given to the person, those signalled to supervisors. Counts stop at a cap."""
    if not user.has_perm("crc.answer_ticket"):
        return []
    queue = reverse("admin:crc_queue")
    visible = Ticket.objects.visible_to(user)
    waiting = [
        ("Demandes en retard", visible.late(), "?etat=en-retard", True),
        ("Nouvelles demandes dans mes services", visible.filter(state=State.NEW), "?etat=new", False),
        (
            "Mes demandes à répondre dans les quatre heures",
            visible.to_answer().filter(assignee=user, due_at__gte=timezone.now(), escalations__step=SOON),
            "?a-moi=1",
            True,
        ),
        ("Demandes qui me sont attribuées", visible.to_answer().filter(assignee=user), "?a-moi=1", False),
    ]
    if user.has_perm("crc.view_all_tickets"):
        signalled = visible.to_answer().filter(escalations__step=LATE)
        waiting.append(("Demandes signalées : promesse dépassée", signalled, "?etat=signalees", True))
    counted = [
        (label, tickets.order_by()[:LIST_CAP].count(), query, urgent) for label, tickets, query, urgent in waiting
    ]
    return [Todo(label, count, queue + query, urgent) for label, count, query, urgent in counted if count]


@todo
def articles_to_review(user):
    """Answers shown to people whose review date has passed."""
    if not user.has_perm("crc.publish_article"):
        return []
    count = Article.objects.to_review().order_by()[:LIST_CAP].count()
    return [Todo("Réponses de la base à relire", count, f"{reverse('admin:crc_article_changelist')}?relecture=due")]


@todo
def what_concerns_me(user):
    """Mentions not yet seen, and followed tickets with a new message: read from the person's own few rows."""
    if not user.has_perm("crc.answer_ticket"):
        return []
    queue = reverse("admin:crc_queue")
    visible = Ticket.objects.visible_to(user)
    mentioned = visible.filter(pk__in=user.mentions.filter(seen_at__isnull=True).values("ticket"))
    followed = visible.filter(followers__user=user, followers__seen_at__lt=F("last_message_at"))
    waiting = [
        ("On vous a mentionné", mentioned, f"?etat={EVERY}&mentions=1", True),
        ("Messages nouveaux sur les demandes suivies", followed, f"?etat={EVERY}&suivies={NEWS}", False),
    ]
    counted = [
        (label, tickets.order_by()[:LIST_CAP].count(), query, urgent) for label, tickets, query, urgent in waiting
    ]
    return [Todo(label, count, queue + query, urgent) for label, count, query, urgent in counted if count]

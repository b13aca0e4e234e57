"""Improvement actions of the demonstration, one in each state, and the older complaints that some come from."""

from datetime import timedelta

from django.utils import timezone

from catalogue.models import UnitMembership
from cned_portal.demo.people import STAFF
from cned_portal.users.enums import Role
from cned_portal.users.models import User
from crc.domain import complaints, tickets
from crc.enums import ComplaintOutcome, Kind, Public
from crc.models import Complaint, ComplaintCause, Topic
from quality.domain import improvements
from quality.enums import Measure, Origin
from quality.models import Improvement

# (days ago, cause, what was asked): before what the rest of the demonstration tells.
OLD_COMPLAINTS = [
    (200, "Facturation ou remboursement", "Un remboursement attendu depuis deux mois"),
    (185, "Facturation ou remboursement", "Deux prélèvements pour une seule inscription"),
    (165, "Facturation ou remboursement", "Une facture au nom d’une autre personne"),
    (150, "Information erronée", "La date d’examen indiquée n’était pas la bonne"),
]


def load():
    """Add what is missing; what is there already is left as it is."""
    if Improvement.objects.exists():
        return
    manager, supervisor, lead = (
        User.objects.get(email=STAFF[role][0]) for role in (Role.QUALITY_MANAGER, Role.CRC_SUPERVISOR, Role.UNIT_LEAD)
    )
    by_cause: dict[str, list[Complaint]] = {}
    for days, label, subject in OLD_COMPLAINTS:
        by_cause.setdefault(label, []).append(_complaint(days, label, subject, supervisor, manager))
    _effective(by_cause["Facturation ou remboursement"], manager, supervisor)
    _to_check(by_cause["Information erronée"], manager, supervisor)
    _ineffective(manager, supervisor)
    _abandoned(manager)
    _late(manager, lead)
    marked = Complaint.objects.filter(needs_improvement=True, ticket__service__is_restricted=False).order_by("pk")
    if complaint := marked.first():
        _open([complaint], "Suivre les messages transférés entre services", 2, manager)


def _complaint(days, label, subject, agent, reviewer):
    at = _ago(days)
    topic = Topic.objects.active().filter(kind=Kind.COMPLAINT).order_by("position").first()
    ticket = tickets.receive_request(
        public=Public.ADULT,
        topic=topic,
        subject=subject,
        body=f"{subject}.\n\nCe que je demande :\nUne explication (réclamation fictive).",
        requester_name="Dominique Exemple",
        requester_email=f"dominique{days}@exemple.example",
        acknowledge=False,
        acting_user=None,
        at=at,
    )
    complaint = ticket.complaint
    Complaint.objects.filter(pk=complaint.pk).update(opened_at=at)
    tickets.answer_ticket(
        ticket,
        body="Bonjour,\n\nvous avez raison, et c’est réparé.\n\nBien cordialement",
        version=ticket.version,
        acting_user=agent,
        at=at + timedelta(days=1),
    )
    complaints.instruct_complaint(
        ticket,
        cause=ComplaintCause.objects.get(label=label),
        outcome=ComplaintOutcome.FOUNDED,
        findings="Constat fictif.",
        acting_user=agent,
        at=at + timedelta(days=2),
    )
    complaints.review_complaint(ticket, agrees=True, acting_user=reviewer, at=at + timedelta(days=3))
    tickets.close_ticket(ticket, acting_user=agent, at=at + timedelta(days=3))
    return Complaint.objects.select_related("ticket__service", "cause").get(pk=complaint.pk)


def _effective(sources, manager, supervisor):
    """Three complaints before, none after."""
    action = _open(sources, "Vérifier chaque remboursement à quinze jours", 155, manager)
    _decide(action, supervisor, 150, 115, "Plus de remboursement oublié.", manager)
    _carry_out(action, supervisor, began=148, done=110)
    comment = "Contrôle de vingt dossiers : aucun oubli (vérification fictive)."
    improvements.check_improvement(action, is_effective=True, comment=comment, acting_user=manager, now=_ago(10))


def _to_check(sources, manager, supervisor):
    action = _open(sources, "Relire les dates d’examen avant leur envoi", 145, manager)
    _decide(action, supervisor, 140, 100, "Les dates annoncées sont justes.", manager)
    _carry_out(action, supervisor, began=135, done=95)


def _ineffective(manager, supervisor):
    """No better figure after: to be taken up again."""
    action = _open([], "Rappeler les délais promis aux équipes", 135, manager, cause="Délai de réponse")
    _decide(action, supervisor, 130, 120, "Les réponses arrivent à la date promise.", manager)
    _carry_out(action, supervisor, began=128, done=100)
    comment = "Le rappel n’a pas suffi : il faut un suivi quotidien (vérification fictive)."
    improvements.check_improvement(action, is_effective=False, comment=comment, acting_user=manager, now=_ago(3))


def _abandoned(manager):
    action = _open([], "Traduire l’accusé de réception en breton", 60, manager)
    reason = "Aucune demande en un an (exemple fictif)."
    improvements.abandon_improvement(action, reason=reason, acting_user=manager, now=_ago(55))


def _late(manager, lead):
    membership = UnitMembership.objects.filter(user=lead).select_related("unit").order_by("pk").first()
    unit = membership.unit if membership else None
    cause = "Message égaré entre services"
    action = _open([], "Une seule boîte pour les questions de cours", 50, manager, cause=cause, unit=unit)
    _decide(action, lead, 45, 5, "Plus de message perdu entre deux services.", manager)
    improvements.start_improvement(action, acting_user=lead, now=_ago(40))


def _open(sources, title, days, manager, *, cause="", unit=None):
    if sources:
        scope = {"origin": Origin.COMPLAINTS, "cause": sources[0].cause, "service": sources[0].ticket.service}
        reason = "Réclamations de même cause (exemple fictif)."
    else:
        scope = {"origin": Origin.IDEA, "cause": ComplaintCause.objects.filter(label=cause).first()}
        reason = "Constat d’une réunion d’équipe (exemple fictif)."
    return improvements.open_improvement(
        title=title, reason=reason, unit=unit, complaints=sources, acting_user=manager, now=_ago(days), **scope
    )


def _decide(action, owner, days, planned, effect, manager):
    improvements.decide_improvement(
        action,
        owner=owner,
        planned_on=timezone.localdate(_ago(planned)),
        expected_effect=effect,
        measure=Measure.COMPLAINTS,
        acting_user=manager,
        now=_ago(days),
    )


def _carry_out(action, owner, *, began, done):
    improvements.start_improvement(action, acting_user=owner, now=_ago(began))
    improvements.finish_improvement(action, acting_user=owner, now=_ago(done))


def _ago(days):
    return (timezone.localtime() - timedelta(days=days)).replace(hour=10, minute=0, second=0, microsecond=0)

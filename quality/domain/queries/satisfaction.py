"""What the answers say, with their counts: a rate never goes without its numerator and its denominator."""

from dataclasses import dataclass

from django.db.models import Avg, CharField, Count, Exists, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat

from cned_portal.common.outbox.enums import MailState
from cned_portal.common.outbox.models import Mail
from cned_portal.common.statistics import Share
from crc.models import Ticket
from quality.domain.surveys import MAIL_KEY
from quality.enums import QuestionKind
from quality.models import SurveyAnswer, SurveyInvitation
from quality.models.surveys import SCORES

HIDDEN_UNDER = 5  # answers under which a group's scores would tell of single persons
_NOT_RECEIVED = [MailState.CANCELLED, MailState.FAILED, MailState.BOUNCED]
_AGGREGATES = {
    "mean": Avg("score"),
    "scored": Count("score"),
    **{f"score_{score}": Count("pk", filter=Q(score=score)) for score in SCORES},
    "yes_count": Count("pk", filter=Q(yes=True)),
    "yes_total": Count("yes"),
}


@dataclass(frozen=True)
class Satisfaction:
    """Results of the invitations of a period. `mean` is on 5; `distribution` gives the number of each score."""

    label: str
    response: Share
    mean: float | None
    distribution: tuple[tuple[int, int], ...]
    satisfied: Share
    resolved: Share

    @property
    def is_shown(self):
        return self.response.count >= HIDDEN_UNDER


def satisfaction(period, service=None, public=""):
    """Results of all services and publics, or of one, for the invitations sent in the period (start, end excluded).

    « Satisfait » is a score of 4 or 5. Two queries.
    """
    invitations = _invitations(period, service, public)
    counts = invitations.aggregate(sent=Count("pk"), answered=Count("pk", filter=Q(answered_at__isnull=False)))
    return _result("Ensemble", counts, _answers(period, service, public).aggregate(**_AGGREGATES))


def satisfaction_by_service(period):
    """The same for each service that invited somebody, by name. Two queries, whatever their number."""
    sent = (
        _invitations(period)
        .values("service", "service__name")
        .annotate(sent=Count("pk"), answered=Count("pk", filter=Q(answered_at__isnull=False)))
        .order_by("service__name")
    )
    answers = {
        row["invitation__service"]: row
        for row in _answers(period).order_by().values("invitation__service").annotate(**_AGGREGATES)
    }
    nothing = {name: None if name == "mean" else 0 for name in _AGGREGATES}
    return [_result(row["service__name"], row, answers.get(row["service"], nothing)) for row in sent]


def verbatims(user):
    """What people wrote, for those who may read their tickets, the newest first."""
    return (
        SurveyInvitation.objects.answered()
        .filter(answers__question__kind=QuestionKind.TEXT, ticket__in=Ticket.objects.visible_to(user))
        .select_related("ticket", "service")
        .prefetch_related("answers__question")
    )


def _invitations(period, service=None, public=""):
    """Those whose mail was not withdrawn, given up or returned: the others asked nobody."""
    start, end = period
    mail = Mail.objects.filter(key=Concat(Value(MAIL_KEY), Cast(OuterRef("ticket_id"), CharField())))
    found = SurveyInvitation.objects.filter(invited_at__gte=start, invited_at__lt=end)
    found = found.filter(Q(answered_at__isnull=False) | ~Exists(mail.filter(state__in=_NOT_RECEIVED)))
    if public:
        found = found.filter(ticket__public=public)
    return found if service is None else found.filter(service=service)


def _answers(period, service=None, public=""):
    return SurveyAnswer.objects.filter(invitation__in=_invitations(period, service, public))


def _result(label, counts, answers):
    return Satisfaction(
        label=label,
        response=Share(counts["answered"], counts["sent"]),
        mean=answers["mean"],
        distribution=tuple((score, answers[f"score_{score}"]) for score in SCORES),
        satisfied=Share(answers["score_4"] + answers["score_5"], answers["scored"]),
        resolved=Share(answers["yes_count"], answers["yes_total"]),
    )

"""What waits for those who follow enrolments, on the home page of the back-office."""

from django.urls import reverse
from django.utils import timezone

from cned_portal.common.backoffice import LIST_CAP, Todo, todo
from learners.enums import EnrolmentState
from learners.models import DuplicateCandidate, Enrolment, RightRequest


@todo
def enrolments_to_confirm(user):
    """Requests without a file among those the person may see; the others are in the queue of files. Capped."""
    if not user.has_perm("learners.confirm_enrolment"):
        return []
    waiting = Enrolment.objects.visible_to(user).filter(state=EnrolmentState.REQUESTED, file=None)
    count = waiting.order_by()[:LIST_CAP].count()
    url = f"{reverse('admin:learners_enrolment_changelist')}?state__exact={EnrolmentState.REQUESTED}"
    return [Todo("Inscriptions à confirmer", count, url)] if count else []


@todo
def rights_to_answer(user):
    """Requests on personal data, urgent when the deadline of the law has passed."""
    if not user.has_perm("learners.settle_rightrequest"):
        return []
    waiting = RightRequest.objects.open().order_by()
    count = waiting[:LIST_CAP].count()
    late = count and waiting.filter(due_on__lt=timezone.localdate()).exists()
    url = reverse("admin:learners_rights")
    return [Todo("Demandes sur les données à traiter", count, url, urgent=bool(late))] if count else []


@todo
def duplicates_to_judge(user):
    if not user.has_perm("learners.merge_learners"):
        return []
    count = DuplicateCandidate.objects.to_judge().order_by()[:LIST_CAP].count()
    return [Todo("Doublons d’apprenants à examiner", count, reverse("admin:learners_duplicates"))] if count else []

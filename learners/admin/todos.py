"""What waits for those who follow enrolments, on the home page of the back-office."""

from django.urls import reverse

from cned_portal.common.backoffice import LIST_CAP, Todo, todo
from learners.enums import EnrolmentState
from learners.models import Enrolment


@todo
def enrolments_to_confirm(user):
    """Requests without a file among those the person may see; the others are in the queue of files. Capped."""
    if not user.has_perm("learners.confirm_enrolment"):
        return []
    waiting = Enrolment.objects.visible_to(user).filter(state=EnrolmentState.REQUESTED, file=None)
    count = waiting.order_by()[:LIST_CAP].count()
    url = f"{reverse('admin:learners_enrolment_changelist')}?state__exact={EnrolmentState.REQUESTED}"
    return [Todo("Inscriptions à confirmer", count, url)] if count else []

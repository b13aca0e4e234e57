"""What waits for those who follow enrolments, on the home page of the back-office."""

from django.urls import reverse

from cned_portal.common.backoffice import LIST_CAP, Todo, todo
from learners.enums import EnrolmentState
from learners.models import Enrolment


@todo
def enrolments_to_confirm(user):
    """Requests among the enrolments the person may see. The count stops at a cap."""
    if not user.has_perm("learners.confirm_enrolment"):
        return []
    waiting = Enrolment.objects.visible_to(user).filter(state=EnrolmentState.REQUESTED)
    count = waiting.order_by()[:LIST_CAP].count()
    url = f"{reverse('admin:learners_enrolment_changelist')}?state__exact={EnrolmentState.REQUESTED}"
    return [Todo("Inscriptions à confirmer", count, url)] if count else []

"""What waits for those who keep the catalogue, on the home page of the back-office."""

from django.urls import reverse
from django.utils import timezone

from catalogue.admin.trainings import visible_trainings
from catalogue.models import SearchMiss, Training
from cned_portal.common.backoffice import LIST_CAP, Todo, todo


@todo
def trainings_to_review(user):
    """Published trainings whose certification has expired, among those the person may change."""
    if not user.has_perm("catalogue.change_training"):
        return []
    expired = Training.objects.published().with_expired_certification(timezone.localdate())
    count = visible_trainings(user, expired).order_by()[:LIST_CAP].count()
    if not count:
        return []
    url = f"{reverse('admin:catalogue_training_changelist')}?certification=expired"
    return [Todo("Formations publiées dont la certification est échue", count, url, urgent=True)]


@todo
def searches_to_answer(user):
    """Searches that found nothing, to answer with a synonym."""
    if not user.has_perm("catalogue.change_searchmiss"):
        return []
    count = SearchMiss.objects.filter(is_handled=False)[:LIST_CAP].count()
    url = f"{reverse('admin:catalogue_searchmiss_changelist')}?is_handled__exact=0"
    return [Todo("Recherches sans résultat", count, url)] if count else []

"""The calendar of « Mon espace », and its private feed."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cned_portal.common.addresses import secret_address
from cned_portal.common.throttle import allow
from learners.domain.calendar import feed_bytes, occurrences_of, renew_feed, revoke_feed
from learners.models import CalendarFeed
from learners.views.space import space_crumb

READINGS_PER_HOUR = 120
HOUR = 3600


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request):
    """Dates to come and of late; the address for one's own calendar client."""
    if request.method == "POST":
        if request.POST.get("act") == "revoke":
            revoke_feed(request.user, acting_user=request.user)
            messages.success(request, "L’adresse ne fonctionne plus.")
        else:
            renew_feed(request.user, acting_user=request.user)
            messages.success(request, "Votre adresse est prête. Une adresse donnée auparavant ne fonctionne plus.")
        return redirect("learners:calendar")
    feed = CalendarFeed.objects.filter(user=request.user).first()
    context = {
        "title": "Mon calendrier",
        "crumbs": [space_crumb()],
        "occurrences": occurrences_of(request.user),
        "feed_url": f"{settings.SITE_URL}{feed.get_absolute_url()}" if feed else "",
    }
    return render(request, "learners/calendar.html", context)


@secret_address
@require_safe
def calendar_feed(request, secret):
    """The feed, for whoever holds its address. A wrong address and a revoked one are alike."""
    try:
        feed = CalendarFeed.objects.select_related("user").get(secret=uuid.UUID(hex=secret), user__is_active=True)
    except (ValueError, CalendarFeed.DoesNotExist):
        raise Http404 from None
    if not allow("learners.calendar", feed.pk, limit=READINGS_PER_HOUR, seconds=HOUR):
        return HttpResponse(
            "Trop de lectures : revenez dans une heure.", status=429, headers={"Retry-After": str(HOUR)}
        )
    response = HttpResponse(feed_bytes(feed), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="cned.ics"'
    return response

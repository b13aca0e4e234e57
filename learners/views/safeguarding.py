"""Report violence, harassment or discrimination: with or without an account, with or without a name."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from cned_portal.common.logs import names_nobody
from cned_portal.common.throttle import allow, client_address
from learners.domain.safeguarding import HELPLINES, report_violence
from learners.forms.safeguarding import ReportForm
from learners.views.space import space_crumb

HOUR = 3600
REPORTS_PER_HOUR = 10


@login_not_required
@names_nobody
@never_cache
@sensitive_post_parameters("facts", "contact")
@require_http_methods(["GET", "HEAD", "POST"])
def report(request):
    """Who to call now, then the form."""
    signed_in = request.user.is_authenticated
    form, status = ReportForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        if allow("learners.report", client_address(request), limit=REPORTS_PER_HOUR, seconds=HOUR):
            data = form.cleaned_data
            report_violence(
                kind=data["kind"],
                reported_as=data["reported_as"],
                facts=data["facts"],
                contact=data["contact"],
                is_anonymous=form.is_anonymous,
                client_key=data["client_key"],
                acting_user=request.user if signed_in and not form.is_anonymous else None,
            )
            return redirect("learners:report_received")
        form.add_error(None, "Beaucoup de signalements viennent de cette connexion : réessayez dans une heure.")
        status = 429
    context = {
        "title": "Signaler une violence ou un harcèlement",
        "crumbs": [space_crumb()] if signed_in else [],
        "frame": "learners/space_base.html" if signed_in else "base.html",
        "form": form,
        "helplines": HELPLINES,
    }
    return render(request, "learners/report.html", context, status=status)


@login_not_required
@names_nobody
@never_cache
@require_safe
def report_received(request):
    """The report is written; what happens next. The page says nothing of it: it may stay on a shared screen."""
    signed_in = request.user.is_authenticated
    context = {
        "title": "Votre signalement est enregistré",
        "crumbs": [space_crumb()] if signed_in else [],
        "frame": "learners/space_base.html" if signed_in else "base.html",
        "helplines": HELPLINES,
    }
    return render(request, "learners/report_received.html", context)

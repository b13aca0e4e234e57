"""Public check of a document: anyone who holds its code learns what is true of it, and nothing of whom."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cned_portal.common.throttle import allow, client_address
from learners.domain.queries.verification import verify_document
from learners.forms.documents import CodeForm
from learners.validators import document_code, spaced

HOUR = 3600
CHECKS_PER_HOUR = 60  # an office checks a pile; a machine would need 10^15 years


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request, code=""):
    """Type a code, or open the address printed on the document."""
    if request.method == "POST":
        form = CodeForm(request.POST)
        if form.is_valid():
            return redirect("learners:verify", spaced(form.cleaned_data["code"]))
        return _page(request, form)
    if not code:
        return _page(request, CodeForm())
    if not allow("learners.verify", client_address(request), limit=CHECKS_PER_HOUR, seconds=HOUR):
        response = _page(request, CodeForm(), too_many=True, status=429)
        response["Retry-After"] = str(HOUR)
        return response
    stored = document_code(code)
    found = verify_document(stored)
    form = CodeForm(initial={"code": spaced(stored)})
    return _page(request, form, found=found, unknown=found is None, status=200 if found else 404)


def _page(request, form, *, status=200, **context):
    context = {"title": "Vérifier un document", "crumbs": [], "form": form, **context}
    return render(request, "learners/verify.html", context, status=status)

"""Who opened the learners' files: noted by each page that shows one, read by who looks after personal data."""

from django.contrib import admin
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cned_portal.common.backoffice import PAGE_SIZE, desk_page
from cned_portal.common.keyset import InvalidCursor, page_after
from learners.domain.privacy.access_log import note_access
from learners.models import FileAccess
from learners.validators import compact

SECTION = "Données personnelles"


def note_opening(request, learner_id, kind):
    """Note that the page being shown opens something of a learner's file."""
    note_access(request.user, learner_id, kind, page=request.resolver_match.view_name)


@desk_page(
    "consultations-de-dossiers/",
    name="learners_accesses",
    label="Consultations de dossiers",
    section=SECTION,
    permission="learners.view_fileaccess",
)
@never_cache
@require_safe
def accesses(request):
    """The latest first; of one learner by their whole number."""
    asked = compact(request.GET.get("numero", "").replace("\0", "")[:30])
    lines = FileAccess.objects.select_related("learner", "agent")
    if asked:
        lines = lines.filter(learner__number=asked)
    try:
        page = page_after(lines, ["-at", "-id"], request.GET.get("apres", ""), size=PAGE_SIZE)
    except InvalidCursor:
        raise Http404 from None
    context = {
        **admin.site.each_context(request),
        "title": "Consultations de dossiers",
        "crumbs": [],
        "page": page,
        "asked": asked,
    }
    return render(request, "learners/desk/accesses.html", context)

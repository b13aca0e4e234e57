from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from catalogue.domain.queries.pages import entry_page
from catalogue.models import Entry


@login_not_required
@require_safe
def entry(request, slug):
    """Page of one public: its presentation, what is highlighted, its part of the catalogue, who answers."""
    entry = get_object_or_404(Entry.objects.filter(is_published=True), slug=slug)
    page = entry_page(entry)
    return render(
        request,
        "catalogue/entry.html",
        {
            "title": entry.title,
            "crumbs": [],
            "entry": entry,
            "page": page,
            "all_query": urlencode([("public", audience) for audience in entry.audiences]),
        },
    )

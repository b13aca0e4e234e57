from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from catalogue.domain.queries.comparison import compare as compared
from catalogue.domain.queries.comparison import proposals

SLUGS_READ = 20


@login_not_required
@require_safe
def compare(request):
    """Up to three trainings side by side: `?f=<slug>&f=<slug>`, an address to keep and to send."""
    comparison = compared(request.GET.getlist("f")[:SLUGS_READ])
    slugs = [page.training.slug for page in comparison.pages]
    without = [(page, _address(slug for slug in slugs if slug != page.training.slug)) for page in comparison.pages]
    added = [] if comparison.is_full else proposals(comparison)
    context = {
        "title": "Comparer des formations",
        "crumbs": [("Formations", reverse("catalogue:search"))],
        "comparison": comparison,
        "columns": without,
        "sheets": [
            (page, address, [(label, texts[place]) for label, texts in comparison.rows])
            for place, (page, address) in enumerate(without)
        ],
        "proposals": [(training, _address([*slugs, training.slug])) for training in added],
    }
    return render(request, "catalogue/compare.html", context)


def _address(slugs):
    pairs = urlencode([("f", slug) for slug in slugs])
    return f"{reverse('catalogue:compare')}{'?' + pairs if pairs else ''}"

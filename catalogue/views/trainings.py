import json

from django.contrib.auth.decorators import login_not_required
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from catalogue.domain.queries.pages import successor_of, training_page
from catalogue.models import Training
from catalogue.views.favourites import is_kept
from cned_portal.common.page_cache import cached_page

# The version of the page changes with what it shows; names of units, domains and jobs may be as old as this.
CACHE_SECONDS = 600
_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


@login_not_required
@require_safe
def training(request, slug):
    """Page of a published training; a replaced one leads to its successor, anything else does not exist."""
    found = Training.objects.published().filter(slug=slug).values_list("pk", "page_version").order_by()[:1]
    if not found:
        successor = successor_of(slug)
        if successor is None:
            raise Http404
        return redirect(successor, permanent=True)
    [(pk, page_version)] = found
    kept = is_kept(request, pk)
    key = f"{pk}-{page_version}-{timezone.localdate()}"

    def context():
        page = training_page(slug)
        if page is None:  # taken off meanwhile
            raise Http404
        address = request.build_absolute_uri(page.training.get_absolute_url())
        return {
            "title": page.training.title,
            "crumbs": [("Formations", reverse("catalogue:search"))],
            "page": page,
            "training": page.training,
            "canonical": address,
            "structured_data": script_data(page.structured_data(address)),
            "is_kept": kept,
        }

    return cached_page(request, f"{key}-{kept}", "catalogue/training.html", context, seconds=CACHE_SECONDS)


def script_data(value):
    """JSON that may stand inside a `script` data block, whatever the texts hold."""
    text = json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
    return mark_safe(text.translate(_ESCAPES))  # noqa: S308  the characters that leave a script block are escaped

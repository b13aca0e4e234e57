import json

from django.contrib.auth.decorators import login_not_required
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from catalogue.domain.queries.pages import successor_of, training_page
from catalogue.views.favourites import is_kept

_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


@login_not_required
@require_safe
def training(request, slug):
    """Page of a published training; a replaced one leads to its successor, anything else does not exist."""
    page = training_page(slug)
    if page is None:
        successor = successor_of(slug)
        if successor is None:
            raise Http404
        return redirect(successor, permanent=True)
    address = request.build_absolute_uri(page.training.get_absolute_url())
    return render(
        request,
        "catalogue/training.html",
        {
            "title": page.training.title,
            "crumbs": [("Formations", reverse("catalogue:search"))],
            "page": page,
            "training": page.training,
            "canonical": address,
            "structured_data": script_data(page.structured_data(address)),
            "is_kept": is_kept(request, page.training),
        },
    )


def script_data(value):
    """JSON that may stand inside a `script` data block, whatever the texts hold."""
    text = json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
    return mark_safe(text.translate(_ESCAPES))  # noqa: S308  the characters that leave a script block are escaped

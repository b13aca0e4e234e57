from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from catalogue.domain import misses
from catalogue.domain.queries import search as queries
from catalogue.domain.queries.facets import FACETS
from catalogue.domain.queries.suggestions import suggest
from catalogue.domain.version import KEEP_SECONDS, catalogue_version
from cned_portal.common.page_cache import cached_page

VALUES_MAX = 50  # of one facet in an address; nobody ticks more, and an address may hold thousands


@login_not_required
@require_safe
def search(request):
    """The whole state of the search is in the address, which can be kept and sent."""
    state = _state(request)
    in_place = bool(request.htmx and not request.htmx.history_restore_request)

    def context():
        results = queries.search(state)
        if results.is_missed and results.state.page == 1:
            misses.report_miss(results.understood.typed)
        return {
            "title": "Toutes les formations",
            "crumbs": [],
            "results": results,
            "state": results.state,
            "sorts": queries.SORTS,
            "chips": [(facet, item, results.state.without(facet.name, item.value)) for facet, item in results.selected],
            "without_facets": results.state.query_string(facets={}),
            "page_obj": _page(results),
            "suggested_domains": queries.main_domains() if not results.count else [],
        }

    response = cached_page(
        request,
        f"{catalogue_version()}-{timezone.localdate()}-{state.query_string(page=state.page)}",
        "catalogue/_search_update.html" if in_place else "catalogue/search.html",
        context,
        seconds=KEEP_SECONDS,
        keep=lambda context: not context["results"].is_missed,  # each search without result counts
    )
    patch_vary_headers(response, ["HX-Request"])
    return response


@login_not_required
@require_safe
@cache_control(max_age=60, private=True)
def suggestions(request):
    """Options for a text being typed, as a fragment for the script of the search boxes."""
    return render(request, "catalogue/_suggestions.html", {"suggestions": suggest(request.GET.get("q", ""))})


def _state(request):
    facets = {name: tuple(request.GET.getlist(name)[:VALUES_MAX]) for name in FACETS}
    sort = request.GET.get("tri", "")
    return queries.SearchState(
        q=request.GET.get("q", ""),
        facets=facets,
        sort=sort if sort in queries.SORTS else "pertinence",
        page=_number(request.GET.get("page", "")),
    )


def _number(text):
    """A page number; whatever is not one gives the first page."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else 1


def _page(results):
    """What the pagination template reads: numbers only, the rows are already there."""
    page = Paginator(range(results.count), queries.PAGE_SIZE).page(results.state.page)
    page.pages_list = [
        "…" if number == Paginator.ELLIPSIS else number
        for number in page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    ]
    return page

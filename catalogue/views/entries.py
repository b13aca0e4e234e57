from pathlib import PurePath

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from catalogue.domain.queries.pages import entry_page
from catalogue.models import Entry, EntryDocument


@login_not_required
@require_safe
def entry(request, slug):
    """Page of one public: its presentation, what is highlighted, its part of the catalogue, who answers."""
    entry = get_object_or_404(Entry.objects.filter(is_published=True).select_related("parent"), slug=slug)
    if request.path != entry.get_absolute_url():
        return redirect(entry, permanent=True)
    parent = entry.parent if entry.parent and entry.parent.is_published else None
    return render(
        request,
        "catalogue/entry.html",
        {
            "title": entry.title,
            "crumbs": [(parent.title, parent.get_absolute_url())] if parent else [],
            "entry": entry,
            "page": entry_page(entry),
            "canonical": request.build_absolute_uri(entry.get_absolute_url()),
        },
    )


@login_not_required
@require_safe
def entry_document(request, pk):
    """A document of a published page, always as a download."""
    document = get_object_or_404(EntryDocument, pk=pk, entry__is_published=True)
    try:
        file = document.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    filename = f"{slugify(document.title)[:100] or 'document'}{PurePath(document.file.name).suffix.lower()}"
    return FileResponse(file, as_attachment=True, filename=filename)

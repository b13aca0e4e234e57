from django.contrib.auth.decorators import login_not_required
from django.http import StreamingHttpResponse
from django.views.decorators.http import require_safe

from catalogue.exports.edof import edof_lines
from catalogue.exports.lheo import lheo_document
from catalogue.views.limits import HOUR, too_many
from cned_portal.common.throttle import allow, client_address

EXPORTS_PER_HOUR = 30  # each one takes a core for as long as the catalogue is large


@login_not_required
@require_safe
def lheo(request):
    """The visible catalogue for other information systems, in LHEO 2.3."""
    return _file(request, lheo_document, "application/xml; charset=utf-8", "formations-lheo.xml")


@login_not_required
@require_safe
def edof(request):
    """What the personal training account may pay for, as EDOF's open data describes it."""
    return _file(request, edof_lines, "text/csv; charset=utf-8", "formations-cpf.csv")


def _file(request, pieces, content_type, filename):
    if not allow("catalogue.export", client_address(request), limit=EXPORTS_PER_HOUR, seconds=HOUR):
        return too_many(request, "Trop d’exports")
    response = StreamingHttpResponse([] if request.method == "HEAD" else pieces(), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response

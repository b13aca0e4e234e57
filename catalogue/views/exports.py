from django.contrib.auth.decorators import login_not_required
from django.http import StreamingHttpResponse
from django.views.decorators.http import require_safe

from catalogue.exports import lheo_document


@login_not_required
@require_safe
def lheo(request):
    """The visible catalogue for other information systems, in LHEO 2.3."""
    response = StreamingHttpResponse(
        [] if request.method == "HEAD" else lheo_document(), content_type="application/xml; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="formations-lheo.xml"'
    return response

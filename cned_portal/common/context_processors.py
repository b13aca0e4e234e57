"""What every page needs, without a query."""

from types import SimpleNamespace

from django.conf import settings

# django-dsfr reads these from a table on each request; they do not vary here.
SITE_CONFIG = SimpleNamespace(
    site_title="Portail Cned",
    site_tagline="Se former à distance, à tout âge",
    accessibility_status="PART",
    get_accessibility_status_display="partiellement",
)


def site(request):
    """Name of the site and absolute address of its root."""
    return {"SITE_CONFIG": SITE_CONFIG, "SITE_URL": settings.SITE_URL}

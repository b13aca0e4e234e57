"""Home page and the pages that the law asks of a public site. Error pages are in `errors`."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def home(request):
    return render(request, "home/home.html", {"title": "Accueil"})


@login_not_required
@require_safe
def accessibility(request):
    return render(request, "home/accessibility.html", {"title": "Accessibilité", "crumbs": []})


@login_not_required
@require_safe
def legal(request):
    return render(request, "home/legal.html", {"title": "Mentions légales", "crumbs": []})


@login_not_required
@require_safe
def privacy(request):
    return render(request, "home/privacy.html", {"title": "Données personnelles", "crumbs": []})


@login_not_required
@require_safe
def sitemap(request):
    return render(request, "home/sitemap.html", {"title": "Plan du site", "crumbs": []})


@login_not_required
@require_safe
@cache_control(max_age=86_400, public=True)
def robots(request):
    return render(request, "home/robots.txt", content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
@cache_control(max_age=86_400, public=True)
def favicon(request):
    """Browsers ask for this address whatever the page says."""
    return redirect(static("img/brand.svg"))

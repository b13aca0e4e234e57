from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from catalogue.models import News

PAGE_SIZE = 20


@login_not_required
@require_safe
def index(request):
    rows = News.objects.published().defer("body").order_by("-published_at", "-pk")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page", "")[:10])
    page.pages_list = list(page.paginator.page_range)
    return render(request, "catalogue/news.html", {"title": "Actualités", "crumbs": [], "page_obj": page})


@login_not_required
@require_safe
def item(request, slug):
    news = get_object_or_404(News.objects.published(), slug=slug)
    context = {
        "title": news.title,
        "crumbs": [("Actualités", reverse("catalogue:news"))],
        "news": news,
        "canonical": request.build_absolute_uri(news.get_absolute_url()),
    }
    return render(request, "catalogue/news_item.html", context)

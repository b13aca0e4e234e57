from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from catalogue.models import Training


@login_not_required
@require_safe
def training(request, slug):
    return render(
        request, "catalogue/training.html", {"training": get_object_or_404(Training.objects.published(), slug=slug)}
    )

"""Requests whose facts are asked one by one; the plain question is in `public`."""

from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cned_portal.common.throttle import allow, client_address
from crc.domain.tickets import receive_request
from crc.domain.tracking import tracking_token
from crc.forms import published_training
from crc.request_forms import REQUEST_FORMS
from crc.views.public import FORMS_PER_HOUR, HOUR, REQUESTS_PER_HOUR, too_many


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def structured(request, kind):
    """The form of this kind of request; `?formation=<slug>` and `?public=<value>` prefill it."""
    form_class = REQUEST_FORMS.get(kind)
    if form_class is None:
        raise Http404
    user = request.user if request.user.is_authenticated else None
    if request.method == "POST":
        if not allow("crc.ask.address", client_address(request), limit=FORMS_PER_HOUR, seconds=HOUR):
            return too_many(request)
        form = form_class(request.POST, request.FILES, minimum_seconds=0 if user else settings.REQUEST_FORM_MIN_SECONDS)
        valid = form.is_valid()
        training = form.cleaned_data.get("formation")
    else:
        valid = False
        training = published_training(request.GET.get("formation", ""))
        public = request.GET.get("public", "")
        form = form_class(
            initial={
                "public": public if public in form_class.publics else "",
                "trainings": training.title if training else "",
                "formation": training.slug if training else "",
                "name": f"{user.first_name} {user.last_name}".strip() if user else "",
                "email": user.email if user else "",
            }
        )
    topic = form.topic()
    if topic is None:  # the desk does not offer this subject any more: the plain form takes it
        pairs = {"formation": training.slug} if training else {}
        return redirect(f"{reverse('crc:ask')}{'?' + urlencode(pairs) if pairs else ''}")
    if valid:
        data = form.cleaned_data
        if not allow("crc.ask.mail", data["email"].lower(), limit=REQUESTS_PER_HOUR, seconds=HOUR):
            return too_many(request)
        ticket = receive_request(
            public=data["public"],
            topic=topic,
            subject=form.subject(),
            body=form.body(),
            requester_name=data["name"],
            requester_email=data["email"],
            requester_phone=data["phone"],
            requester=user,
            training=training,
            submission_key=form.submission_key,
            files=data["files"],
            acting_user=user,
        )
        return redirect("crc:received", tracking_token(ticket))
    crumbs = [(training.title, training.get_absolute_url())] if training else []
    context = {"title": form.title, "crumbs": crumbs, "form": form, "training": training, "kind": kind}
    return render(request, "crc/request.html", context)

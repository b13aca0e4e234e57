"""Asking, without an account: the choice of a door, the question of each public, the requests asked fact by fact."""

from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import Http404, HttpResponsePermanentRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cned_portal.common.throttle import allow, client_address
from crc.domain.help_measures import read_keys, record_submitted_anyway, record_suggested
from crc.domain.limits import FORMS_PER_HOUR, HOUR, REQUESTS_PER_HOUR
from crc.domain.queries.help import suggest_before_sending
from crc.domain.tickets import receive_request
from crc.domain.tracking import tracking_token
from crc.forms import published_training
from crc.forms.door import DOORS, door_of
from crc.forms.request import REQUEST_FORMS
from crc.views.public import too_many

ONCE_SECONDS = 86_400
CHOICE = "Nous écrire"


@login_not_required
@never_cache
@require_safe
def choose(request):
    """Four doors; `?public=<value>` opens one at once, `?formation=<slug>` follows to the form."""
    about = _about(request.GET)
    opened = door_of(request.GET.get("public", ""))
    if opened is not None:
        return redirect(_address("crc:door", opened.slug, **about))
    training = published_training(about.get("formation", ""))
    known = {"formation": training.slug} if training else {}
    context = {
        "title": CHOICE,
        "crumbs": [],
        "doors": [(one, _address("crc:door", one.slug, **known)) for one in DOORS.values()],
        "training": training,
        "call_back_url": _address("crc:request", "rappel", **known),
    }
    return render(request, "crc/doors.html", context)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def question(request, door):
    """The question of one public."""
    form_class = DOORS.get(door)
    if form_class is None:
        raise Http404
    crumbs = [(CHOICE, reverse("crc:ask"))]
    return _ask(request, form_class, url=reverse("crc:door", args=[door]), crumbs=crumbs)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def structured(request, kind):
    """The form of this kind of request; `?formation=<slug>` and `?public=<value>` prefill it."""
    form_class = REQUEST_FORMS.get(kind)
    if form_class is None:
        raise Http404
    if form_class.topic() is None:  # the desk does not offer this subject any more: a plain question takes it
        return redirect(_address("crc:ask", **_about(request.POST or request.GET)))
    return _ask(request, form_class, url=reverse("crc:request", args=[kind]), crumbs=[])


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def former_address(request):
    """The one form of before. What was typed in it goes to its public's door, which has the same fields."""
    if request.method != "POST":
        return HttpResponsePermanentRedirect(_address("crc:ask", **_about(request.GET)))
    opened = door_of(request.POST.get("public", "")) or DOORS["apprenant"]
    return redirect("crc:door", opened.slug, preserve_request=True)


def _ask(request, form_class, *, url, crumbs):
    """The form of a request: shown, corrected, sent once. Answers of the help are proposed before it leaves."""
    user = request.user if request.user.is_authenticated else None
    offered, articles = read_keys(request.POST.get("proposes", "")), ()
    if request.method == "POST":
        if not allow("crc.ask.address", client_address(request), limit=FORMS_PER_HOUR, seconds=HOUR):
            return too_many(request)
        least = 0 if user else settings.REQUEST_FORM_MIN_SECONDS
        form = form_class(request.POST, request.FILES, user=user, minimum_seconds=least)
        if form.is_valid():
            if not offered:
                articles = _propose(form, user)
            if not articles:
                return _send(request, form, offered, user)
            offered = [article.pk for article in articles]
        training = form.cleaned_data.get("formation")
    else:
        training = published_training(request.GET.get("formation", ""))
        public = request.GET.get("public", "")
        form = form_class(
            user=user,
            initial={
                "public": public if public in form_class.publics else "",
                "trainings": training.title if training else "",
                "formation": training.slug if training else "",
            },
        )
    context = {
        "title": form.title,
        "crumbs": [*crumbs, (training.title, training.get_absolute_url())] if training else crumbs,
        "form": form,
        "form_url": url,
        "training": training,
        "articles": articles,
        "offered": ",".join(map(str, offered)),
    }
    return render(request, "crc/request.html", context)


def _propose(form, user):
    """Answers to read before sending, for whoever was proposed none while typing: without a script, or too fast.

    Who joins files is not stopped: a page cannot give them back, and they want more than an answer.
    """
    if form.cleaned_data["files"]:
        return ()
    articles = suggest_before_sending(form.summary(), form.cleaned_data["public"])
    if articles and _first_time("shown", form):
        record_suggested([article.pk for article in articles], acting_user=user)
    return articles


def _send(request, form, offered, user):
    if not allow("crc.ask.mail", form.cleaned_data["email"].lower(), limit=REQUESTS_PER_HOUR, seconds=HOUR):
        return too_many(request)
    ticket = receive_request(**form.request(), requester=user, acting_user=user)
    if offered and _first_time("sent", form):
        record_submitted_anyway(offered, acting_user=user)
    return redirect("crc:received", tracking_token(ticket))


def _first_time(act, form):
    """Whether it is the first time for what was typed: a form sent twice counts once."""
    return cache.add(f"crc:help:{act}:{form.submission_key}", 1, timeout=ONCE_SECONDS)


def _about(params):
    """What an address says of the request to come, the empty left out."""
    return {name: params[name] for name in ("public", "formation") if params.get(name)}


def _address(name, *args, **params):
    return reverse(name, args=args) + (f"?{urlencode(params)}" if params else "")

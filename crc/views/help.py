"""The help: search, answers, the visitor's opinion, and the answers proposed under the request form."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from cned_portal.common.keyset import InvalidCursor, page_after
from cned_portal.common.throttle import allow, client_address
from crc.domain.articles import vote
from crc.domain.help_measures import COUNTED_MAX, read_keys, record_suggested, report_opened, report_unanswered
from crc.domain.queries import help as queries
from crc.domain.refusals import Refusal
from crc.enums import ArticleState, Public
from crc.models import Article, ArticleVote, Topic
from crc.views.public import HOUR, too_many

PAGE_SIZE = 20
SHOWN_QUERY_MAX = 200
VOTES_PER_HOUR = 60  # an address is often a whole school
SUGGESTIONS_PER_HOUR = 1_500
FROM_FORM = "demande"
COOKIE = "avis"
COOKIE_DAYS = 365
_SALT = "crc.help.vote"


@login_not_required
@require_safe
def home(request):
    """Search box, then the most useful articles and the subjects; the public, the subject or the words narrow it."""
    public = _public(request.GET)
    text = _printable(request.GET.get("q", ""))[:SHOWN_QUERY_MAX]
    topic = Topic.objects.filter(code=request.GET.get("sujet", "").replace("\0", "")[:40]).first()
    context = {
        "title": "Questions fréquentes",
        "crumbs": [],
        "public": public,
        "publics": Public.choices,
        "text": text,
        "topic": None,
    }
    if text:
        results = queries.search_help(text, public)
        if not results.articles and not public:
            report_unanswered(text)
        context |= {"title": f"Aide : « {text} »", "results": results}
    elif topic is not None:
        articles = Article.objects.published().for_public(public).filter(topic=topic).listed()
        try:
            page = page_after(articles, ["-helped_count", "-id"], request.GET.get("apres", ""), size=PAGE_SIZE)
        except InvalidCursor:
            raise Http404 from None
        context |= {"title": topic.label, "topic": topic, "page": page}
        context["crumbs"] = [("Questions fréquentes", reverse("crc:help"))]
    else:
        context |= {
            "useful": queries.useful_articles(public),
            "topics": queries.topics_with_articles(public),
        }
    return render(request, "crc/help/home.html", context)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def article(request, slug):
    """A question and its answer; a POST gives the visitor's opinion, without an account."""
    found = get_object_or_404(
        Article.objects.exclude(state=ArticleState.DRAFT).select_related("topic").defer("search_vector"), slug=slug
    )
    crumbs = [("Questions fréquentes", reverse("crc:help"))]
    if not found.is_published:
        return render(request, "crc/help/gone.html", {"title": "Réponse retirée", "crumbs": crumbs}, status=410)
    from_form = FROM_FORM in (request.GET.get("depuis"), request.POST.get("depuis"))
    if request.method == "POST":
        return _vote(request, found, from_form)
    ballot = _ballot(request.get_signed_cookie(COOKIE, default="", salt=_SALT))
    cast = ballot and ArticleVote.objects.filter(key=_key(ballot, found)).first()
    if from_form and request.method == "GET" and not cast:  # not again when the page comes back with the opinion
        report_opened(found.pk)
    same_topic = Article.objects.published().filter(topic=found.topic_id).exclude(pk=found.pk).listed()
    context = {
        "title": found.title,
        "crumbs": crumbs,
        "article": found,
        "from_form": from_form,
        "cast": cast,
        "ballot": signing.dumps((ballot or uuid.uuid4()).hex, salt=_SALT),
        "others": same_topic.order_by("-helped_count", "-pk")[:4] if found.topic_id else [],
    }
    return render(request, "crc/help/article.html", context)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def suggestions(request):
    """Fragment: answers close to what is being written. The request form asks by POST, for what people write to us has
    no place in an address; only then is anything counted. 204 when the answers are those already shown.
    """
    typed = request.POST if request.method == "POST" else request.GET
    text = " ".join(typed.get(name, "")[: queries.QUERY_MAX] for name in ("q", "subject", "body", "message"))
    articles = queries.suggest_help(text, _public(typed))
    offered = read_keys(typed.get("proposes", ""))
    keys = [found.pk for found in articles]
    if request.method == "POST":
        if not allow("crc.help.suggest", client_address(request), limit=SUGGESTIONS_PER_HOUR, seconds=HOUR):
            return HttpResponse(status=204)
        if keys == read_keys(typed.get("affiches", "")):
            return HttpResponse(status=204)
        new = [key for key in keys if key not in offered]
        if new:
            record_suggested(new, acting_user=None)
    context = {
        "articles": articles,
        "shown": ",".join(map(str, keys)),
        "offered": ",".join(map(str, list(dict.fromkeys([*keys, *offered]))[:COUNTED_MAX])),
    }
    return render(request, "crc/help/_suggestions.html", context)


def _vote(request, found, from_form):
    back = redirect(f"{found.get_absolute_url()}{'?depuis=' + FROM_FORM if from_form else ''}#avis")
    answer = request.POST.get("aide")
    if answer not in {"oui", "non"}:
        messages.error(request, "Choisissez « Oui » ou « Non ».")
        return back
    if not allow("crc.help.vote", client_address(request), limit=VOTES_PER_HOUR, seconds=HOUR):
        return too_many(request)
    kept = _ballot(request.get_signed_cookie(COOKIE, default="", salt=_SALT))
    ballot = kept or _ballot(_unsigned(request.POST.get("bulletin", ""))) or uuid.uuid4()
    user = request.user if request.user.is_authenticated else None
    try:
        vote(found, key=_key(ballot, found), helped=answer == "oui", from_request_form=from_form, acting_user=user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return back
    messages.success(request, "Merci, votre avis est compté.")
    back.set_signed_cookie(
        COOKIE,
        ballot.hex,
        salt=_SALT,
        max_age=COOKIE_DAYS * 86_400,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return back


def _key(ballot, found):
    """The vote's key: it changes with the article, so that no two votes tell that they are of one person."""
    return uuid.uuid5(ballot, f"article-{found.pk}")


def _ballot(text):
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None


def _unsigned(text):
    try:
        value = signing.loads(text[:200], salt=_SALT)
    except signing.BadSignature:
        return ""
    return value if isinstance(value, str) else ""


def _public(params):
    public = params.get("public", "")
    return public if public in Public.values else ""


def _printable(text):
    return " ".join("".join(char if char.isprintable() else " " for char in text[: 2 * SHOWN_QUERY_MAX]).split())

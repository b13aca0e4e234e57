"""Home page and the pages that the law asks of a public site. Error pages are in `errors`."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from catalogue.models import Entry, News, Training

TRAININGS_SHOWN = 6
NEWS_SHOWN = 3
ENTRIES = [
    ("eleves-et-etudiants", "Élèves et étudiants", "De l’école au supérieur, en classe complète ou à la carte"),
    ("adultes", "Adultes", "Diplômes, concours et compétences, à votre rythme"),
    ("entreprises", "Entreprises", "Former vos salariés et vos apprentis"),
    ("administrations", "Administrations", "Concours, prise de poste et formation continue"),
    ("etablissements", "Établissements", "Compléter votre offre pour vos élèves"),
]


def _links(*wanted):
    """(label, address) of the pages that exist, in the order given."""
    links = []
    for label, name, *args in wanted:
        try:
            links.append((label, reverse(name, args=args)))
        except NoReverseMatch:
            continue
    return links


@login_not_required
@require_safe
def home(request):
    entries = [
        (label, url, description)
        for slug, label, description in ENTRIES
        for _, url in _links((label, "catalogue:entry", slug))
    ]
    one_of_each_unit = Training.objects.published().order_by("unit", "pk").distinct("unit")
    trainings = one_of_each_unit.only("slug", "title")[:TRAININGS_SHOWN]
    news = News.objects.published().defer("body").order_by("-published_at", "-pk")[:NEWS_SHOWN]
    context = {"title": "Accueil", "entries": entries, "trainings": trainings, "news": news}
    return render(request, "home/home.html", context)


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
    publics = Entry.objects.filter(is_published=True).only("slug", "title").order_by("rank", "pk")
    sections = [
        (
            "Formations",
            _links(
                ("Toutes les formations", "catalogue:search"),
                ("Comparer des formations", "catalogue:compare"),
                ("Métiers", "catalogue:jobs"),
                ("Résultats du bac", "exams:results"),
            ),
        ),
        ("Publics", [(entry.title, entry.get_absolute_url()) for entry in publics]),
        (
            "Actualités",
            _links(
                ("Toutes les actualités", "catalogue:news"),
                ("Flux RSS des actualités", "catalogue:news_rss"),
                ("Flux RSS des nouvelles formations", "catalogue:trainings_rss"),
            ),
        ),
        (
            "Mes démarches",
            _links(
                ("Questions fréquentes", "crc:help"),
                ("Poser une question", "crc:ask"),
                ("Question d’un apprenant ou de sa famille", "crc:door", "apprenant"),
                ("Question d’une entreprise", "crc:door", "entreprise"),
                ("Question d’un acheteur public", "crc:door", "acheteur-public"),
                ("Question d’un établissement", "crc:door", "etablissement"),
                ("Être rappelé", "crc:request", "rappel"),
                ("Demander un devis", "crc:request", "devis"),
                ("Préparer un bon de commande", "crc:request", "commande"),
                ("Demander une convention", "crc:request", "convention"),
                ("Mes favoris", "catalogue:favourites"),
                ("Mon espace", "learners:space"),
                ("Vérifier un document", "learners:verify"),
                ("Signaler une violence ou un harcèlement", "learners:report"),
                ("Se connecter", "account_login"),
                ("Créer un compte", "account_signup"),
                ("Mot de passe oublié", "account_reset_password"),
            ),
        ),
        (
            "Ce site",
            _links(
                ("Accueil", "home:home"),
                ("Accessibilité", "home:accessibility"),
                ("Mentions légales", "home:legal"),
                ("Données personnelles", "home:privacy"),
            ),
        ),
    ]
    return render(
        request,
        "home/sitemap.html",
        {"title": "Plan du site", "crumbs": [], "sections": [item for item in sections if item[1]]},
    )


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

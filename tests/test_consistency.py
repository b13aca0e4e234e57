"""The project looks at itself: what is written and used by no one, what forgets a rule that no type can hold."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.urls import URLPattern, get_resolver

from cned_portal.common.backoffice import PortalModelAdmin, registry

ROOT = Path(settings.BASE_DIR)
OURS = ("cned_portal", "catalogue", "learners", "exams", "crc", "quality")
OUR_MODELS = [model for model in apps.get_models() if model.__module__.split(".")[0] in OURS]

# Found by a library under a name that appears nowhere in our code.
FOUND_BY_LIBRARIES = (
    "admin/",
    "dsfr/",
    "account/",
    "allauth/",
    "mfa/",
    "socialaccount/",
    "usersessions/",
    "registration/",
)
# Acronyms and names keep their capitals.
CAPITAL_ALLOWED = re.compile(r"^([A-Z]{2,}|Qualiopi|Cned|Formacode|Message-ID)")


def _sources():
    folders = [ROOT / name for name in (*OURS, "templates")]
    return [path for folder in folders for path in folder.rglob("*") if path.suffix in {".py", ".html", ".txt"}]


def test_every_template_is_used():
    texts = {path: path.read_text() for path in _sources()}
    unused = []
    for path in sorted((ROOT / "templates").rglob("*")):
        name = str(path.relative_to(ROOT / "templates"))
        if path.is_dir() or name.startswith(FOUND_BY_LIBRARIES):
            continue
        # Mails are asked by their kind: `crc/email/received` for `received.html`, `.txt` and `_subject.txt`.
        kind = re.sub(r"(_subject)?\.(txt|html)$", "", name)
        wanted = (name, f'"{kind}"', f"'{kind}'")
        if name.startswith("errors/") or "/email/" in name:
            wanted = (*wanted, f'"{Path(kind).name}"')
        if not any(word in text for other, text in texts.items() if other != path for word in wanted):
            unused.append(name)

    assert not unused


def _our_views():
    def walk(patterns, namespaces):
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                view = getattr(pattern.callback, "view_class", pattern.callback)
                if view.__module__.split(".")[0] in OURS and "admin" not in namespaces:
                    yield pattern
            else:
                yield from walk(pattern.url_patterns, [*namespaces, pattern.namespace])

    return list(walk(get_resolver().url_patterns, []))


def test_open_views_are_marked_in_the_code_that_defines_them():
    """LoginRequiredMiddleware closes the rest; a view opened elsewhere than in its own file would not be seen."""
    for pattern in _our_views():
        view = getattr(pattern.callback, "view_class", pattern.callback)
        if not getattr(pattern.callback, "login_required", True):
            source = Path(__import__(view.__module__, fromlist=["_"]).__file__).read_text()
            bases = ("(PersonView)", "(SpaceView)", "(ActView)")  # these answer 401
            marks = ("login_not_required", "@secret_address", *bases)
            assert any(mark in source for mark in marks), f"{view.__module__}.{view.__name__}"


def test_middleware_closes_what_is_not_marked():
    assert "django.contrib.auth.middleware.LoginRequiredMiddleware" in settings.MIDDLEWARE


@pytest.mark.parametrize("page", registry.pages, ids=lambda page: page.name)
def test_desk_page_asks_for_a_permission_that_exists(page, db):
    from django.contrib.auth.models import Permission

    app_label, _, codename = page.permission.partition(".")
    assert Permission.objects.filter(content_type__app_label=app_label, codename=codename).exists()


@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda model: model._meta.label)
def test_names_shown_to_people_are_in_lower_case_french(model):
    meta = model._meta
    if not meta.managed or meta.auto_created or issubclass(model, _events()):
        return
    names = {"verbose_name": meta.verbose_name, "verbose_name_plural": meta.verbose_name_plural}
    names |= {field.name: field.verbose_name for field in meta.fields if field.name != "id" and not field.auto_created}
    wrong = {
        key: str(name)
        for key, name in names.items()
        if str(name)[:1].isupper() and not CAPITAL_ALLOWED.match(str(name)) and key not in {"password", "last_login"}
    }

    assert not wrong
    assert "_" not in str(meta.verbose_name)


def _events():
    from pghistory.models import Event

    return Event


@pytest.mark.parametrize("model", list(admin.site._registry), ids=lambda model: model._meta.label)
def test_change_list_is_safe_for_a_large_table(model):
    model_admin = admin.site._registry[model]

    assert isinstance(model_admin, PortalModelAdmin)
    assert not model_admin.show_full_result_count
    assert model_admin.list_max_show_all == 0
    for name in model_admin.list_filter:
        # On a free text, Django reads every distinct value of the table.
        if isinstance(name, str):
            field = _field(model, name)
            is_free_text = isinstance(field, models.CharField | models.TextField) and not field.choices
            assert not is_free_text, name


def _field(model, path):
    for part in path.split("__"):
        try:
            field = model._meta.get_field(part)
        except FieldDoesNotExist:
            break
        model = field.related_model or model
    return field


def test_no_comment_of_a_template_runs_over_a_line():
    """Django ends a `{# … #}` at its line: over several, people read it on the page."""
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in (ROOT / "templates").rglob("*.*")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"{#(?!.*#})", line)
    ]
    assert not wrong


def test_no_style_nor_script_inside_templates():
    """The content policy refuses them; the browser's tests only see what their data shows."""
    forbidden = re.compile(r"<style|<script(?![^>]*\bsrc=)(?![^>]*json)|\son[a-z]+=|\sstyle=", re.IGNORECASE)
    comments = re.compile(r"{#.*?#}|{% comment %}.*?{% endcomment %}", re.DOTALL)
    wrong = []
    for path in (ROOT / "templates").rglob("*.html"):
        if not {"pdf", "email"} & set(path.parts):
            found = forbidden.search(comments.sub("", path.read_text()))
            wrong += [f"{path.relative_to(ROOT)}: {found.group()}"] if found else []

    assert not wrong

"""The style sheets of the design system, cut down to what the portal's pages use of it.

The whole of it is 800 kB (95 kB compressed) that each first page waits for; the portal uses less than half. A rule is
kept for its block, the part of a class before `__` or `--`: what a script may add to it later (`--expanded`) comes
along. Typefaces are set apart, for `start.js` to ask for after the first paint.
"""

import posixpath
import re
from pathlib import Path

import dsfr
import tinycss2
from django.conf import settings

LIBRARY = Path(dsfr.__file__).parent
DIST = LIBRARY / "static/dsfr/dist"
STYLES = settings.BASE_DIR / "static/css"
PORTAL = ("catalogue", "cned_portal", "crc", "exams", "learners", "quality")
NOTICE = "/*! DSFR | SPDX-License-Identifier: MIT | written by `manage.py build_styles` */"

_CLASS = re.compile(r"\bfr-[a-z0-9]+(?:[_-]+[a-z0-9]+)*")
_SELECTED = re.compile(rf"\.({_CLASS.pattern})")
_NEGATION = re.compile(r":not\([^()]*\)")
_ADDRESS = re.compile(r"url\((?![\"']?data:)([^)]+)\)")


def build_styles():
    """The text of each sheet, by the name of its file in `static/css`: the design system, and its typefaces."""
    used = used_blocks()
    rules, faces = [], []
    for path in (DIST / "dsfr.main.min.css", DIST / "utility/utility.main.min.css"):
        sheet = tinycss2.parse_stylesheet(path.read_text("utf-8"), skip_comments=True, skip_whitespace=True)
        folder = path.parent.relative_to(DIST).as_posix()
        faces += [_placed(rule.serialize(), folder) for rule in sheet if _is_face(rule)]
        rules += [_placed(text, folder) for text in _kept(sheet, used)]
    return {"dsfr.css": "\n".join([NOTICE, *rules, ""]), "typeface.css": "\n".join([NOTICE, *faces, ""])}


def used_blocks():
    """Blocks of the design system named by the portal's own files, or by what it renders of django-dsfr."""
    portal = [
        *(settings.BASE_DIR / "templates").rglob("*.html"),
        *(settings.BASE_DIR / "static/js").glob("*.js"),
        *(path for app in PORTAL for path in (settings.BASE_DIR / app).rglob("*.py")),
    ]
    library = [
        *(LIBRARY / "templates/django").rglob("*.html"),
        *(LIBRARY / "templates/dsfr/form_field_snippets").glob("*.html"),
        *(LIBRARY / "templates/dsfr" / name for name in ("theme_modale.html", "form_base.html", "form_snippet.html")),
        *(LIBRARY / name for name in ("forms.py", "utils.py", "widgets.py")),
        *(DIST / "artwork").glob("*.svg"),  # pictures of the display settings
    ]
    return {_block(name) for path in portal + library for name in _CLASS.findall(path.read_text("utf-8"))}


def _block(name):
    return re.split("__|--", name, maxsplit=1)[0]


def _is_face(rule):
    return rule.type == "at-rule" and rule.at_keyword == "font-face"


def _kept(rules, used):
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [one for one in _selectors(rule.prelude) if _is_used(one, used)]
            if selectors:
                yield f"{','.join(selectors)}{{{tinycss2.serialize(rule.content)}}}"
        elif rule.type == "at-rule" and rule.at_keyword in {"media", "supports", "-moz-document"}:
            inner = "".join(_kept(tinycss2.parse_rule_list(rule.content, skip_whitespace=True), used))
            if inner:
                yield f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inner}}}"


def _selectors(prelude):
    one = []
    for part in prelude:
        if part == ",":
            yield tinycss2.serialize(one)
            one = []
        else:
            one.append(part)
    yield tinycss2.serialize(one)


def _is_used(selector, used):
    return all(_block(name) in used for name in _SELECTED.findall(_NEGATION.sub("", selector)))


def _placed(text, folder):
    """Addresses as they are from `static/css`."""
    return _ADDRESS.sub(lambda found: f"url({posixpath.normpath(f'../dsfr/dist/{folder}/{found[1]}')})", text)

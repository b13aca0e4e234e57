"""Validity of a page's HTML without a browser: the parser's errors, then what a parser does not look at."""

import re

import html5lib
from html5lib.constants import E

LABELLED = {"input", "select", "textarea"}
REFERENCES = ("aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "for", "list", "headers")


def html_problems(source):
    """Everything wrong with a whole HTML page, one line each; an empty list for a valid one."""
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    tree = parser.parse(source)
    lines = source.splitlines()
    problems = [
        f"line {line}: {E.get(code, code) % data} in {lines[line - 1].strip()[:120]}"
        for (line, _), code, data in parser.errors
    ]
    elements = [element for element in tree.iter() if isinstance(element.tag, str)]
    for check in (_identifiers, _title_and_language, _headings, _labels, _policy, _tables):
        problems += check(elements)
    return problems


def _identifiers(elements):
    problems, seen = [], set()
    for element in elements:
        identifier = element.get("id")
        if identifier is None:
            continue
        if identifier in seen:
            problems.append(f"identifier used twice: {identifier}")
        if not identifier or re.search(r"\s", identifier):
            problems.append(f"identifier empty or with a space: « {identifier} »")
        seen.add(identifier)
    for element in elements:
        for name in REFERENCES:
            for target in (element.get(name) or "").split():
                if target not in seen:
                    problems.append(f"<{element.tag} {name}> refers to {target}, which is not in the page")
        if element.tag == "a" and (element.get("href") or "").startswith("#") and element.get("href")[1:] not in seen:
            problems.append(f"link to {element.get('href')}, which is not in the page")
    return problems


def _title_and_language(elements):
    titles = [element for element in elements if element.tag == "title" and not _in_svg(element, elements)]
    problems = []
    if len(titles) != 1 or not (titles[0].text or "").strip():
        problems.append(f"{len(titles)} titles, one expected with a text")
    elif not re.search(r"\S – Portail Cned", re.sub(r"\s+", " ", titles[0].text)):
        problems.append(f"title « {titles[0].text.strip()} » is not « Page – Portail Cned »")
    if elements[0].get("lang") != "fr":
        problems.append("language of the page is not French")
    return problems


def _in_svg(element, elements):
    return any(other.tag.endswith("svg") and element in list(other.iter()) for other in elements)


def _headings(elements):
    levels = [int(element.tag[1]) for element in elements if re.fullmatch("h[1-6]", element.tag)]
    problems = [] if levels.count(1) == 1 else [f"{levels.count(1)} h1, one expected"]
    reached = 0
    for level in levels:
        if reached and level > reached + 1:
            problems.append(f"h{level} follows h{reached}")
        reached = level
    titles = [element for element in elements if re.fullmatch("h[1-6]", element.tag)]
    problems += [f"<{title.tag}> without text" for title in titles if not "".join(title.itertext()).strip()]
    return problems


def _labels(elements):
    named = {element.get("for") for element in elements if element.tag == "label"}
    inside = {id(field) for e in elements if e.tag == "label" for field in e.iter() if field.tag in LABELLED}
    problems = []
    for element in elements:
        if element.tag not in LABELLED or element.get("type") in {"hidden", "submit", "button", "reset", "image"}:
            continue
        has_name = element.get("aria-label") or element.get("aria-labelledby") or element.get("id") in named
        if not has_name and id(element) not in inside:
            problems.append(f"<{element.tag} name={element.get('name')}> has no label")
    return problems


def _policy(elements):
    """What the content policy refuses, and what only a click with a mouse reaches."""
    problems = []
    for element in elements:
        attributes = [name for name in element.attrib if isinstance(name, str)]
        problems += [f"<{element.tag} {name}=…>" for name in attributes if name.startswith("on") or name == "style"]
        if element.tag == "style":
            problems.append("<style> in the page")
        is_data = element.get("type") in {"application/json", "application/ld+json"}
        if element.tag == "script" and not element.get("src") and not is_data:
            problems.append("script in the page")
        if element.tag == "img" and element.get("alt") is None:
            problems.append(f"<img src={element.get('src')}> has no alt")
        if (element.get("href") or "").startswith("javascript:"):
            problems.append("link that is a script")
    return problems


def _tables(elements):
    problems = []
    for element in elements:
        if (
            element.tag == "th"
            and not "".join(element.itertext()).strip()
            and not any(True for _ in element.iter("input"))
        ):
            problems.append("<th> without text")
        if element.tag == "table" and element.find(".//th") is None:
            problems.append("table without headers")
    return problems

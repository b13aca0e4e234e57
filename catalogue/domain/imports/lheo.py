"""Trainings of an LHEO document (versions 1 to 2.3): elements are known by their local names.

The format does not know our units nor the name of an action; what it cuts short is recognised when it is compared.
Texts that other tools fill with HTML come out as plain text.
"""

import io
import re

from lxml import etree, html

from catalogue.domain.imports.records import Problem, Record
from cned_portal.common.spreadsheets import UnreadableFile

MAX_TRAININGS = 20_000
_MAX_DEPTH = 40
_NOTHING = {"", "-", "aucun", "aucune", "non précisé", "sans objet"}
_NO_DAY = {"00000000", "99999999"}
_PLACEMENT = re.compile(r"^([0-9]{1,3}) semaines? de stage$")
_BLOCKS = ("p", "li", "br", "div", "tr", "h1", "h2", "h3", "h4")
# Table « niveaux »: those of 1969 (2 to 8), then those of 2019 (11 to 18); 1 asks for nothing, 0 is unknown.
_LEVELS = {"1": "0", "4": "3", "5": "4", "6": "5", "7": "6", "8": "7"} | {str(10 + n): str(n) for n in range(3, 9)}
_FORMATION = {
    "title": "intitule-formation",
    "objectives": "objectif-formation",
    "programme": "contenu-formation",
    "nsf": "domaine-formation/code-NSF",
    "contact_name": "contact-formation/coordonnees/nom",
    "contact_phone": "contact-formation/coordonnees/telfixe/numtel",
    "contact_email": "contact-formation/coordonnees/courriel",
}
_FORMATION_BY_ACTION = {
    "prerequisites": "conditions-specifiques",
    "accessibility": "acces-handicapes",
    "teaching_methods": "modalites-pedagogiques",
    "duration": "duree-indicative",
    "funding": "detail-conditions-prise-en-charge",
}
_ACTION = {
    "pace": "rythme-formation",
    "teaching_mode": "modalites-enseignement",
    "entry_mode": "modalites-entrees-sorties",
    "hours": "nombre-heures-total",
    "price": "prix-total-TTC",
}
_SESSION = {
    "starts_on": "periode/debut",
    "ends_on": "periode/fin",
    "enrolment_opens_on": "periode-inscription/periode/debut",
    "enrolment_closes_on": "periode-inscription/periode/fin",
}


def read(content):
    """(records, []) of the file's bytes, training after training; raises UnreadableFile."""
    if b"<!DOCTYPE" in content[:65536] or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise UnreadableFile("Ce document XML est refusé : enregistrez-le en UTF-8, sans DOCTYPE.")
    parser = etree.iterparse(
        io.BytesIO(content), events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=False
    )
    records, depth, is_lheo = [], 0, False
    try:
        for event, element in parser:
            depth += 1 if event == "start" else -1
            if depth > _MAX_DEPTH:
                raise UnreadableFile("Ce document XML est trop profond.")
            name = _name(element)
            if event == "start":
                is_lheo = is_lheo or (depth == 1 and name == "lheo")
                if not is_lheo:
                    raise UnreadableFile("Ce document XML n’est pas au format LHEO.")
            elif name == "formation":
                if len(records) == MAX_TRAININGS:
                    raise UnreadableFile(f"Le fichier a plus de {MAX_TRAININGS} formations.")
                records.append(_formation(element))
                element.clear()
    except etree.XMLSyntaxError as error:
        raise UnreadableFile(f"Ce document XML est mal formé, ligne {error.lineno or 1}.") from error
    return records, []


def _formation(element):
    record = Record(element.sourceline or 0, (element.get("numero") or "").strip(), _texts(element, _FORMATION))
    if not record.number:
        record.problems.append(Problem(record.line, "numero", "obligatoire pour retrouver la formation"))
    for name, path in (("level_before", "code-niveau-entree"), ("level_after", "code-niveau-sortie")):
        if level := _LEVELS.get(_first(element, path)):
            record.values[name] = level
    record.values |= _codes(element)
    actions = _all(element, "action")
    for name, path in _FORMATION_BY_ACTION.items():
        if text := next((text for action in actions if (text := _meaning(action, path))), ""):
            record.values[name] = text
    names = set()
    for action in actions:
        record.parts.append(_action(action, names))
    return record


def _codes(element):
    registers = {"code-RNCP": "RNCP", "code-RS": "RS"}
    found = [
        prefix + code.upper().removeprefix(prefix)
        for path, prefix in registers.items()
        for code in _every(element, f"certification/{path}")
    ]
    values = {"certifications": found}
    values["occupations"] = _every(element, "domaine-formation/code-ROME")
    values["formacodes"] = _every(element, "domaine-formation/code-FORMACODE")
    return {name: " ".join(["+", *codes]) for name, codes in values.items() if codes}


def _action(element, names):
    values = _texts(element, _ACTION)
    if found := _PLACEMENT.match(_first(element, "modalites-alternance")):
        values["placement_weeks"] = found[1]
    record = Record(element.sourceline or 0, (element.get("numero") or "").strip(), values)
    name = values.get("pace", "Formule complète")[:100]
    values["new_name"] = name if name not in names else f"{name} ({record.number or len(names) + 1})"
    names.add(name)
    for session in _all(element, "session"):
        found = {name: text for name, text in _texts(session, _SESSION).items() if text not in _NO_DAY}
        found = {name: f"{text[6:8]}/{text[4:6]}/{text[:4]}" for name, text in found.items()}
        if state := _first(session, "etat-recrutement"):
            found["recruitment"] = state
        record.parts.append(Record(session.sourceline or 0, (session.get("numero") or "").strip(), found))
    return record


def _texts(element, paths):
    return {name: text for name, path in paths.items() if (text := _meaning(element, path))}


def _meaning(element, path):
    """The text, empty when it is one of those that fill an obligatory element with nothing."""
    text = _plain(_first(element, path))
    return "" if text.casefold() in _NOTHING else text


def _plain(text):
    if "<" not in text:
        return text
    fragment = html.fragment_fromstring(text, create_parent="div")
    for block in fragment.iter(*_BLOCKS):
        block.tail = f"\n{block.tail or ''}"
    return re.sub(r"\s*\n\s*", "\n", fragment.text_content()).strip()


def _first(element, path):
    return next(iter(_every(element, path)), "")


def _every(element, path):
    return [(found.text or "").strip() for found in _all(element, path) if (found.text or "").strip()]


def _all(element, path):
    found = [element]
    for step in path.split("/"):
        found = [child for parent in found for child in parent if _name(child) == step]
    return found


def _name(element):
    return etree.QName(element).localname if isinstance(element.tag, str) else ""

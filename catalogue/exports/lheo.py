"""The catalogue in LHEO 2.3, the language by which training offers are exchanged (http://lheo.gouv.fr/2.3).

Written training after training: memory does not grow with the catalogue. The order of elements is part of the format.
"""

import unicodedata
from decimal import Decimal

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils import timezone
from lxml import etree

from catalogue.enums import Funding, RecruitmentState, TrainingKind
from catalogue.models import Training, TrainingSession

NAMESPACE = "http://lheo.gouv.fr/2.3"
BATCH = 200
_TEXT_MAX = 3000
_UNKNOWN_DAY = "00000000"
_INDIVIDUAL_PATH = "2"  # table « type-parcours »
_EVERY_PUBLIC = "83056"  # code of the publics of the Formacode, V11: tout public
_LEVEL_BASE = 10  # 11 to 18 are the levels 1 to 8 of 2019; 0 is unknown, 1 asks for no level


def lheo_trainings():
    """Trainings that the format can say: visible, with an action and a session, hence no central project."""
    sessions = TrainingSession.objects.filter(action__training=OuterRef("pk"))
    return (
        Training.objects.published()
        .filter(Exists(sessions), kind=TrainingKind.TRAINING)
        .select_related("unit")
        .prefetch_related("actions__sessions", "certification_links__certification", "formacodes", "occupations")
        .defer("search_vector")
        .order_by("pk")
    )


def lheo_document():
    """The document, as pieces of bytes. A constant number of queries for each batch of trainings."""
    yield f'<?xml version="1.0" encoding="utf-8"?>\n<lheo xmlns="{NAMESPACE}"><offres>\n'.encode()
    today = timezone.localdate()
    for training in lheo_trainings().iterator(chunk_size=BATCH):
        yield etree.tostring(_formation(training, today), encoding="utf-8") + b"\n"
    yield b"</offres></lheo>\n"


def _formation(training, today):
    links = [link for link in training.certification_links.all() if link.is_in_force(today)]
    formation = _element("formation", numero=training.number)
    if training.updated_on:
        formation.set("horodatage-modification", f"{training.updated_on:%Y-%m-%d}T00:00:00")
    domain = _add(formation, "domaine-formation")
    for formacode in training.formacodes.all()[:5]:
        _add(domain, "code-FORMACODE", formacode.code, ref="V14")
    if training.nsf:
        _add(domain, "code-NSF", training.nsf[:3])
    for occupation in training.occupations.all()[:5]:
        _add(domain, "code-ROME", occupation.code)
    titles = ", ".join(link.certification.title for link in links)
    _add(formation, "intitule-formation", _cut(training.title, 255))
    _add(formation, "objectif-formation", _text(training.objectives))
    _add(formation, "resultats-attendus", _text(f"{training.get_recognition_display()} {titles}".strip()))
    _add(formation, "contenu-formation", _text(training.programme))
    _add(formation, "certifiante", _yes(training.is_certifying))
    contact = _add(formation, "contact-formation")
    _coordinates(contact, training.contact_name, training.contact_phone, training.contact_email)
    _add(formation, "parcours-de-formation", _INDIVIDUAL_PATH)
    _add(formation, "code-niveau-entree", _level(training.level_before))
    for link in links[:5]:
        certification = _add(formation, "certification")
        register = "code-RS" if link.certification.code.startswith("RS") else "code-RNCP"
        _add(certification, register, link.certification.code)
    if training.level_after:
        _add(formation, "code-niveau-sortie", _level(training.level_after))
    address = _add(formation, "url-formation")
    _add(address, "urlweb", settings.SITE_URL + training.get_absolute_url())
    for action in training.actions.all():
        if action.sessions.all():
            formation.append(_action(training, action, today))
    formation.append(_provider())
    return formation


def _action(training, action, today):
    found = _element("action", numero=action.number)
    _add(found, "rythme-formation", _text(action.pace or action.name))
    _add(found, "code-public-vise", _EVERY_PUBLIC, ref="V11")
    _add(found, "niveau-entree-obligatoire", _yes(bool(training.level_before)))
    weeks = action.placement_weeks
    _add(found, "modalites-alternance", f"{weeks} semaines de stage" if weeks else "aucune")
    _add(found, "modalites-enseignement", str(action.teaching_mode))
    _add(found, "conditions-specifiques", _text(training.prerequisites, "aucune"))
    paid = action.is_cpf_eligible or bool(set(action.fundings) - {Funding.SELF})
    _add(found, "prise-en-charge-frais-possible", _yes(paid))
    _add(found, "modalites-entrees-sorties", str(action.entry_mode))
    for session in action.sessions.all():
        found.append(_session(session, today))
    if training.accessibility:
        _add(found, "acces-handicapes", _cut(training.accessibility, 250))
    if training.teaching_methods:
        _add(found, "modalites-pedagogiques", _cut(training.teaching_methods, 200))
    if action.price is not None:
        _add(found, "prix-total-TTC", str(action.price.quantize(Decimal("0.01"))))
    if training.duration:
        _add(found, "duree-indicative", _cut(training.duration, 150))
    if action.hours:
        _add(found, "nombre-heures-total", str(action.hours))
    if training.funding:
        _add(found, "detail-conditions-prise-en-charge", _cut(training.funding, 600))
    return found


def _session(session, today):
    found = _element("session", numero=session.number)
    _period(found, session.starts_on, session.ends_on)
    _postal_address(_add(found, "adresse-inscription"))
    if session.enrolment_opens_on or session.enrolment_closes_on:
        _period(_add(found, "periode-inscription"), session.enrolment_opens_on, session.enrolment_closes_on)
    state = session.recruitment
    if state == RecruitmentState.OPEN and not session.is_open(today):
        state = RecruitmentState.CLOSED
    _add(found, "etat-recrutement", str(state))
    return found


def _provider():
    provider = settings.TRAINING_PROVIDER
    found = _element("organisme-formation-responsable")
    _add(found, "numero-activite", provider["activity_number"])
    _add(_add(found, "SIRET-organisme-formation"), "SIRET", provider["siret"])
    _add(found, "nom-organisme", _cut(provider["name"], 250))
    _add(found, "raison-sociale", _cut(provider["name"], 250))
    _postal_address(_add(_add(found, "coordonnees-organisme"), "coordonnees"))
    _coordinates(_add(found, "contact-organisme"), "", "", provider["email"])
    return found


def _coordinates(parent, name, phone, email):
    found = _add(parent, "coordonnees")
    if name:
        _add(found, "nom", _cut(name, 50))
    if phone:
        _add(_add(found, "telfixe"), "numtel", _cut(phone, 25))
    if email:
        _add(found, "courriel", _cut(email, 160))


def _postal_address(parent):
    provider = settings.TRAINING_PROVIDER
    found = _add(parent, "adresse")
    _add(found, "ligne", _cut(provider["street"], 50))
    _add(found, "codepostal", provider["postcode"])
    _add(found, "ville", _cut(provider["city"], 50))


def _period(parent, first, last):
    found = _add(parent, "periode")
    _add(found, "debut", f"{first:%Y%m%d}" if first else _UNKNOWN_DAY)
    _add(found, "fin", f"{last:%Y%m%d}" if last else _UNKNOWN_DAY)


def _level(level):
    if level is None:
        return "0"
    return str(_LEVEL_BASE + level) if level else "1"


def _yes(value):
    return "1" if value else "0"


def _text(text, default="Non précisé"):
    return _cut(text, _TEXT_MAX) or default


def _cut(text, length):
    """The text on the format's length, without the characters that XML refuses."""
    kept = "".join(map(_readable, text)).strip()
    return kept if len(kept) <= length else f"{kept[: length - 1].rstrip()}…"


def _readable(char):
    if char == "\n" or char.isprintable() or unicodedata.category(char) == "Zs":
        return char
    return " " if char.isspace() else ""


def _element(name, **attributes):
    return etree.Element(f"{{{NAMESPACE}}}{name}", attributes, nsmap={None: NAMESPACE})


def _add(parent, name, text=None, **attributes):
    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)
    child.text = text
    return child

"""The catalogue of the demonstration: real titles and codes, everything else invented and visibly so.

Set-based and re-runnable. Figures come from the rank of the training, so that they never vary.
"""

import csv
import json
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.text import slugify

from catalogue.domain.cpf_rules import load_cpf_rules
from catalogue.domain.indexing import reindex
from catalogue.enums import (
    EntryMode,
    Funding,
    Perimeter,
    Recognition,
    RecruitmentState,
    TeachingMode,
    TrainingKind,
    TrainingState,
)
from catalogue.models import (
    Certification,
    DiplomaType,
    Domain,
    Formacode,
    Occupation,
    OperatingUnit,
    ResultIndicator,
    Site,
    Synonym,
    Training,
    TrainingAction,
    TrainingCertification,
    TrainingSession,
)
from cned_portal.common.verbs import verb
from cned_portal.demo import catalogue_pages

DATA = Path(__file__).parent / "data"
BASE_YEAR = 2026  # the school year 2026-2027
PUBLISHED_AT = datetime(BASE_YEAR, 3, 2, 9, tzinfo=ZoneInfo("Europe/Paris"))

UNITS = [
    ("ECOLE", "Cned École", ["Toulouse"], False),
    ("COLLEGE", "Cned Collège", ["Rouen"], False),
    ("LYCEE", "Cned Lycée", ["Rennes"], False),
    ("PRO", "Cned Pro", ["Grenoble", "Lyon"], False),
    ("SUP", "Cned Sup-concours", ["Lille", "Vanves"], False),
    ("LANGUES", "Cned Langues", ["Poitiers"], False),
    ("DG", "Direction générale", ["Chasseneuil-du-Poitou"], True),
]

TYPES = [
    "Scolaire",
    "Cours à la carte",
    "CAP",
    "Baccalauréat professionnel",
    "BTS",
    "Titre professionnel",
    "Titre RNCP niveau 4",
    "DAEU",
    "Capacité",
    "Licence",
    "Master",
    "Diplôme supérieur",
    "Diplôme d’État",
    "Diplôme d’université",
    "Diplôme Alliance française",
    "Parcours universitaire",
    "Préparation concours",
    "Formation langue",
    "Projet central",
]

NATIONAL = {"CAP", "Baccalauréat professionnel", "BTS", "DAEU", "Capacité", "Licence", "Master", "Diplôme supérieur"}
NATIONAL |= {"Diplôme d’État"}
HIGHER = {"Diplôme d’université", "Diplôme Alliance française", "Parcours universitaire"}

PREREQUISITES = {
    "CAP": "Aucun diplôme exigé. Être à l’aise avec la lecture, l’écriture et internet.",
    "Baccalauréat professionnel": "Avoir suivi une classe de troisième, ou avoir un CAP du même domaine.",
    "BTS": "Avoir un baccalauréat, le DAEU ou un titre de niveau 4.",
    "Titre professionnel": "Passer le test de positionnement en ligne, gratuit, avant l’inscription.",
    "Titre RNCP niveau 4": "Passer le test de positionnement en ligne, gratuit, avant l’inscription.",
    "Master": "Avoir une licence ou un titre de niveau 6.",
    "Scolaire": "Avoir l’âge ou le niveau de la classe, et l’avis favorable des services de l’académie.",
    "Cours à la carte": "Être inscrit dans un établissement qui ne propose pas cet enseignement.",
    "Formation langue": "Passer le test de positionnement en ligne, gratuit, avant l’inscription.",
    "Préparation concours": "Remplir les conditions d’inscription au concours, à vérifier auprès de son organisateur.",
}


def load():
    """Fill the catalogue; a second run changes nothing."""
    load_catalogue(acting_user=None)


@verb
def load_catalogue(*, acting_user):
    with (DATA / "trainings.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    load_cpf_rules(acting_user=None)
    references = _references(rows)
    _trainings(rows, references)
    trainings = {training.slug: training for training in Training.objects.defer("search_vector")}
    _links(rows, references, trainings)
    _offers(rows, trainings)
    _indicators(rows, trainings)
    _former(references, trainings)
    _synonyms()
    catalogue_pages.load(trainings)
    with transaction.atomic():
        reindex()
    catalogue_pages.edit_a_page()
    catalogue_pages.import_a_file()


def slug_of(row):
    return slugify(row["title"].replace("’", " "))[:200]


def _upsert(model, rows, key, fields):
    model.objects.bulk_create(rows, update_conflicts=True, unique_fields=key, update_fields=fields, batch_size=500)


def _references(rows):
    _upsert(
        OperatingUnit,
        [OperatingUnit(code=c, name=n, slug=slugify(n), is_head_office=h) for c, n, _, h in UNITS],
        ["code"],
        ["name", "slug", "is_head_office"],
    )
    units = {unit.name: unit for unit in OperatingUnit.objects.all()}
    Site.objects.bulk_create(
        [Site(unit=units[name], city=city) for _, name, cities, _ in UNITS for city in cities], ignore_conflicts=True
    )
    names = sorted({row["domain"] for row in rows})
    _upsert(Domain, [Domain(slug=slugify(name), name=name) for name in names], ["slug"], ["name"])
    _upsert(
        DiplomaType,
        [DiplomaType(slug=slugify(name), name=name, rank=rank) for rank, name in enumerate(TYPES, 1)],
        ["slug"],
        ["name", "rank"],
    )
    occupations = json.loads((DATA / "occupations.json").read_text(encoding="utf-8"))
    _upsert(
        Occupation,
        [Occupation(code=code, label=item["label"], names=item["names"]) for code, item in occupations.items()],
        ["code"],
        ["label", "names"],
    )
    formacodes = json.loads((DATA / "formacodes.json").read_text(encoding="utf-8"))
    _upsert(
        Formacode,
        [Formacode(code=code, label=item["label"], synonyms=item["synonyms"]) for code, item in formacodes.items()],
        ["code"],
        ["label", "synonyms"],
    )
    certifications = {}
    for row in rows:
        if row["code"] and row["code"] not in certifications:
            certifications[row["code"]] = Certification(
                code=row["code"],
                title=row["certification"],
                certifier=row["certifier"],
                level=row["level"] or None,
                registered_on=row["registered_on"] or None,
                expires_on=row["expires_on"] or None,
            )
    _upsert(
        Certification,
        list(certifications.values()),
        ["code"],
        ["title", "certifier", "level", "registered_on", "expires_on"],
    )
    return {
        "units": units,
        "domains": {item.name: item for item in Domain.objects.all()},
        "types": {item.name: item for item in DiplomaType.objects.all()},
        "occupations": {item.code: item for item in Occupation.objects.all()},
        "formacodes": {item.code: item for item in Formacode.objects.all()},
        "certifications": {item.code: item for item in Certification.objects.all()},
    }


def _recognition(row):
    kind = row["type"]
    if kind == "Projet central":
        return Recognition.NONE
    if kind in ("Scolaire", "Cours à la carte"):
        return Recognition.SCHOOLING
    if kind == "Préparation concours":
        return Recognition.PREPARATION
    if kind in NATIONAL and row["code"]:
        return Recognition.NATIONAL_DIPLOMA
    if row["code"]:
        return Recognition.RNCP_TITLE
    if kind in HIGHER or kind in NATIONAL:
        return Recognition.UNIVERSITY_DIPLOMA
    return Recognition.ATTESTATION


def _training(rank, row, references):
    kind, title = row["type"], row["title"]
    central = kind == "Projet central"
    recognition = _recognition(row)
    certifying = recognition in (Recognition.NATIONAL_DIPLOMA, Recognition.RNCP_TITLE)
    school = kind in ("Scolaire", "Cours à la carte")
    contest = kind == "Préparation concours"
    unit = references["units"][row["unit"]]
    contact = slugify(row["unit"])
    training = Training(
        slug=slug_of(row),
        title=title,
        unit=unit,
        kind=TrainingKind.CENTRAL_PROJECT if central else TrainingKind.TRAINING,
        perimeter="" if central else Perimeter.REGULATED if school else Perimeter.COMPETITIVE,
        recognition=recognition,
        diploma_type=references["types"][kind],
        domain=references["domains"][row["domain"]],
        level_before={"BTS": 4, "Titre professionnel": None, "Licence": 4, "Master": 6}.get(kind),
        level_after=None if central or contest else row["level"] or None,
        nsf=row["nsf"],
        audiences=row["audiences"].split("|"),
        state=TrainingState.PUBLISHED,
        published_at=PUBLISHED_AT.replace(day=1 + rank % 28),
        summary=_summary(row, recognition),
        objectives=_objectives(row, recognition),
        target_public=_target(row),
        accessibility="Cours lisibles par une synthèse vocale, vidéos sous-titrées, devoirs adaptables. "
        "Le référent handicap étudie avec vous les aménagements utiles, avant et pendant la formation.",
        contact_name=f"Accueil {row['unit']} (contact fictif)",
        contact_email=f"{contact}@cned.example",
        contact_phone="01 99 00 00 00",
        disability_contact_name="Sacha Exemple, référent handicap (personne fictive)",
        disability_contact_email="handicap@cned.example",
        disability_contact_phone="01 99 00 00 01",
        no_result_reason="Aucune promotion n’a encore terminé cette formation dans la démonstration.",
        updated_on=date(BASE_YEAR, 10, 1 + rank % 28),
    )
    if central:
        training.no_result_reason = "Projet sans examen ni certification."
        training.resources = "Service en ligne, libre et gratuit."
        training.access_delay = "Accès immédiat, sans inscription."
        return training
    training.prerequisites = PREREQUISITES.get(kind, "Avoir le niveau demandé par l’établissement partenaire.")
    training.programme = _programme(row)
    training.duration = "1 an" if school or contest else "6 mois" if kind == "Formation langue" else "1 à 2 ans"
    training.duration_months = 12 if school or contest else 6 if kind == "Formation langue" else 24
    training.teaching_methods = (
        "Entièrement à distance, à votre rythme, avec un calendrier conseillé et un tuteur pour vos questions."
    )
    training.resources = "Cours en ligne et imprimables, classes virtuelles, exercices autocorrigés, devoirs corrigés."
    training.assessment = (
        "Devoirs corrigés par des enseignants et entraînement aux épreuves."
        if not certifying
        else "Devoirs corrigés, entraînement aux épreuves, puis examen organisé par le certificateur."
    )
    training.access_delay = "Accès aux cours sous 7 jours (délai fictif) après la validation de l’inscription."
    training.pricing = "Tarif fictif de démonstration, en euros toutes taxes comprises ; paiement en plusieurs fois."
    training.funding = _funding(row, school)
    if certifying:
        training.blocks = "Chaque bloc de compétences peut être préparé et validé seul, selon le règlement d’examen."
        training.equivalences = "Dispenses d’épreuves selon vos diplômes, à demander lors de l’inscription à l’examen."
        training.bridges = "Passerelles vers les certifications voisines du même domaine, sur étude du dossier."
        training.further_study = (
            "Ce diplôme permet de demander l’accès à une formation de niveau supérieur du même domaine ; "
            "l’admission dépend de l’établissement d’accueil."
        )
    if certifying or contest:
        training.outlets = _outlets(row, references, contest)
    return training


def _summary(row, recognition):
    if row["type"] == "Projet central":
        return f"{row['title']} : un service public numérique du Cned, gratuit et ouvert à tous."
    if recognition == Recognition.PREPARATION:
        return "Préparez le concours à distance. Cette préparation ne délivre pas de certification."
    if recognition == Recognition.SCHOOLING:
        return "Suivez cet enseignement à distance, avec des enseignants de l’Éducation nationale."
    return f"Préparez à distance : {row['title']}. Cours, devoirs corrigés et accompagnement jusqu’au terme."


def _objectives(row, recognition):
    if row["type"] == "Projet central":
        return "Mettre à la disposition de tous des ressources numériques gratuites et fiables."
    if recognition == Recognition.PREPARATION:
        return "Maîtriser le programme du concours.\nS’entraîner aux épreuves écrites et orales."
    if recognition == Recognition.SCHOOLING:
        return "Acquérir les compétences du programme officiel.\nPoursuivre sa scolarité dans la classe suivante."
    return (
        f"Acquérir les compétences du domaine «\u00a0{row['domain']}\u00a0».\n"
        "Se présenter aux épreuves dans de bonnes conditions.\nConstruire son projet professionnel."
    )


def _target(row):
    words = {
        "eleve": "élèves",
        "etudiant": "étudiants",
        "adulte": "adultes en emploi ou en recherche d’emploi",
        "entreprise": "salariés, à la demande de leur entreprise",
        "administration": "agents publics",
        "etablissement": "établissements, pour leurs élèves",
    }
    return ", ".join(words[item] for item in row["audiences"].split("|")).capitalize() + "."


def _programme(row):
    if row["type"] == "Formation langue":
        return "Compréhension et expression, à l’écrit et à l’oral.\nVocabulaire et grammaire."
    if row["type"] == "Préparation concours":
        return "Méthodologie des épreuves.\nRévision du programme.\nSujets d’entraînement et devoirs corrigés."
    domain = f"Enseignements du domaine «\u00a0{row['domain']}\u00a0»."
    return f"Enseignements généraux.\n{domain}\nAccompagnement personnalisé."


def _funding(row, school):
    if school:
        return "Inscription réglementée : la participation des familles est fixée par arrêté ; bourses possibles."
    text = "Financement personnel, par l’employeur, par un OPCO ou par France Travail, selon votre situation."
    if row["cpf"]:
        text += " Formation éligible au compte personnel de formation, dans la limite de vos droits."
    return text


def _outlets(row, references, contest):
    if contest:
        return "En cas de réussite au concours, nomination comme stagiaire par l’administration qui recrute."
    jobs = [references["occupations"][code].label for code in row["rome"].split("|") if code]
    return "\n".join(jobs) or f"Métiers du domaine «\u00a0{row['domain']}\u00a0»."


def _trainings(rows, references):
    known = set(Training.objects.values_list("slug", flat=True))
    fresh = [_training(rank, row, references) for rank, row in enumerate(rows) if slug_of(row) not in known]
    Training.objects.bulk_create(fresh, batch_size=100)


def _links(rows, references, trainings):
    """Certifications, jobs and subjects of each training."""
    links, jobs, subjects = [], [], []
    for row in rows:
        training = trainings[slug_of(row)]
        if row["code"]:
            certification = references["certifications"][row["code"]]
            links.append(TrainingCertification(training=training, certification=certification))
        for code in filter(None, row["rome"].split("|")):
            jobs.append(Training.occupations.through(training=training, occupation=references["occupations"][code]))
        if row["formacode"]:
            formacode = references["formacodes"][row["formacode"]]
            subjects.append(Training.formacodes.through(training=training, formacode=formacode))
    TrainingCertification.objects.bulk_create(links, ignore_conflicts=True)
    Training.occupations.through.objects.bulk_create(jobs, ignore_conflicts=True)
    Training.formacodes.through.objects.bulk_create(subjects, ignore_conflicts=True)


def _offers(rows, trainings):
    """One action for each training (two for a BTS), with the two calendars of the running school year."""
    done = set(TrainingAction.objects.values_list("training_id", flat=True))
    actions, sessions = [], []
    for rank, row in enumerate(rows):
        training, kind = trainings[slug_of(row)], row["type"]
        if training.is_central_project or training.pk in done:
            continue
        school = kind in ("Scolaire", "Cours à la carte")
        names = ["Formule en 2 ans", "Formule en 1 an"] if kind == "BTS" else ["Formule complète"]
        for position, name in enumerate(names, 1):
            price = (
                0 if school and row["unit"] == "Cned École" and training.level_after is None else 111 * (3 + rank % 9)
            )
            action = TrainingAction(
                training=training,
                name=name,
                rank=position,
                teaching_mode=TeachingMode.DISTANCE,
                entry_mode=EntryMode.FIXED_DATES if school else EntryMode.PERMANENT,
                pace="De 5 à 10 heures par semaine, à votre rythme",
                hours=None if school else 200 + 50 * (rank % 9),
                placement_weeks=10 if kind == "BTS" else 14 if kind == "CAP" else None,
                price=price,
                is_cpf_eligible=bool(row["cpf"]),
                fundings=_fundings(school, price),
            )
            actions.append(action)
            sessions.append(_session(rank, row, action, school))
    TrainingAction.objects.bulk_create(actions)
    TrainingSession.objects.bulk_create(sessions)


def _fundings(school, price):
    if price == 0:
        return [Funding.FREE]
    return [Funding.SELF] if school else [Funding.SELF, Funding.EMPLOYER, Funding.FRANCE_TRAVAIL]


def _session(rank, row, action, school):
    session = TrainingSession(
        action=action,
        starts_on=date(BASE_YEAR, 9, 1),
        ends_on=date(BASE_YEAR + 1, 8, 31),
        enrolment_opens_on=date(BASE_YEAR, 7, 4),
        enrolment_closes_on=date(BASE_YEAR + 1, 3, 31),
        recruitment=RecruitmentState.OPEN,
    )
    if row["type"] == "Préparation concours" and rank % 9 == 0:
        session.enrolment_closes_on = date(BASE_YEAR, 10, 31)
    if not school and row["type"] not in ("Formation langue", "Préparation concours"):
        session.exam_enrolment_opens_on = date(BASE_YEAR, 10, 13)
        session.exam_enrolment_closes_on = date(BASE_YEAR, 11, 30)
        session.exam_starts_on = date(BASE_YEAR + 1, 5, 10)
        session.exam_ends_on = date(BASE_YEAR + 1, 6, 30)
    return session


def _indicators(rows, trainings):
    """Invented results for one training in two; the others say that there is none yet."""
    indicators = []
    period = {"period_start": date(BASE_YEAR - 1, 9, 1), "period_end": date(BASE_YEAR, 8, 31)}
    for rank, row in enumerate(rows):
        training = trainings[slug_of(row)]
        if training.is_central_project or rank % 2:
            continue
        asked = 111 + 10 * (rank % 7)
        if training.is_certifying:
            indicators.append(
                ResultIndicator(
                    training=training,
                    kind="success",
                    numerator=asked * (60 + rank % 30) // 100,
                    denominator=asked,
                    method="Reçus rapportés aux présents à l’examen, session de juin (chiffres fictifs).",
                    source="Démonstration",
                    **period,
                )
            )
        indicators.append(
            ResultIndicator(
                training=training,
                kind="satisfaction",
                numerator=asked * (70 + rank % 25) // 100,
                denominator=asked,
                method="Réponses « satisfait » ou « très satisfait » rapportées aux réponses (chiffres fictifs).",
                source="Démonstration",
                **period,
            )
        )
    ResultIndicator.objects.bulk_create(indicators, ignore_conflicts=True)


def _former(references, trainings):
    """A training in teach-out, one replaced, one still a draft: what the life of a catalogue looks like."""
    Training.objects.filter(slug="secretaire-medical-et-medico-social", state=TrainingState.PUBLISHED).update(
        state=TrainingState.CLOSING,
        closing_on=date(BASE_YEAR, 6, 1),
        served_until=date(BASE_YEAR + 1, 8, 31),
        closing_message="L’enregistrement de la certification a pris fin : les nouvelles inscriptions sont closes.",
        successor=trainings["titre-professionnel-secretaire-assistant-medico-administratif"],
    )
    common = {
        "unit": references["units"]["Cned Pro"],
        "domain": references["domains"]["Petite enfance"],
        "diploma_type": references["types"]["CAP"],
    }
    Training.objects.get_or_create(
        slug="cap-petite-enfance-ancienne-version",
        defaults={
            **common,
            "title": "CAP Petite enfance (ancienne version)",
            "state": TrainingState.CLOSED,
            "closed_at": PUBLISHED_AT,
            "successor": trainings["cap-accompagnant-educatif-petite-enfance"],
        },
    )
    Training.objects.get_or_create(
        slug="brouillon-de-demonstration",
        defaults={**common, "title": "Brouillon de démonstration (formation fictive)"},
    )


def _synonyms():
    """Only the phrases that are missing: managers edit the others."""
    entries = json.loads((DATA / "synonyms.json").read_text(encoding="utf-8"))
    Synonym.objects.bulk_create(
        [Synonym(phrase=phrase, expansions=expansions) for phrase, expansions in entries.items()],
        ignore_conflicts=True,
    )

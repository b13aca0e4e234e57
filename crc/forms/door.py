"""Questions in the requester's own words: one form a public, each a door with its own address."""

import json

from django import forms

from cned_portal.common.validators import validate_single_line
from crc.domain.queries.organisations import COMPANIES, PUBLIC_BODIES, SCHOOLS, declared, organisation_of
from crc.enums import Public
from crc.forms import REQUEST_MAX_LENGTH, PlainTextField
from crc.forms.request import CodeField, RequesterForm, line
from crc.models import Topic
from learners.domain.queries.space import ENROLMENTS_SHOWN, own_enrolments
from learners.enums import LearnerPublic
from learners.models import LearnerProfile
from learners.validators import validate_learner_number, validate_siret, validate_uai


def subject_line(example, label="En quelques mots"):
    return forms.CharField(
        label=label,
        help_text=f"Par exemple : « {example} ».",
        max_length=150,
        validators=[validate_single_line],
        error_messages={
            "required": "Résumez votre demande en quelques mots.",
            "max_length": "Résumez en 150 caractères au plus ; le détail va dans le message.",
        },
    )


class DoorForm(RequesterForm):
    """A question: its subject, among those of this public; a few words, a message, and few facts."""

    slug = ""
    label = ""
    detail = ""
    title = "Poser une question"
    lead = "Nous l’adressons tout de suite au bon service et vous disons quand il répondra."
    button = "Envoyer ma question"
    asked = ("subject", "body")
    described: tuple[str, ...] = ()  # the fields that say who asks
    offline: dict[str, str] = {}  # names of its fields in the API, for a form that may wait for the network

    topic = forms.ChoiceField(
        label="Votre demande concerne",
        error_messages={
            "required": "Choisissez le sujet le plus proche.",
            "invalid_choice": "Choisissez un sujet de la liste.",
        },
    )
    subject = subject_line("Date du premier devoir")
    body = PlainTextField(
        label="Votre message",
        help_text="N’y mettez ni mot de passe, ni coordonnées bancaires, ni information de santé.",
        max_length=REQUEST_MAX_LENGTH,
        error_messages={
            "required": "Écrivez votre message.",
            "max_length": f"Votre message dépasse {REQUEST_MAX_LENGTH} caractères : raccourcissez-le.",
        },
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        topics = list(Topic.objects.active().order_by("position", "code"))
        # A desk without a subject for this public still takes its questions.
        offered = [one for one in topics if set(one.publics) & set(self.publics)] or topics
        self.topics = {one.code: one for one in offered}
        self.fields["topic"].choices = [
            ("", "Sélectionner un sujet"),
            *((code, one.label) for code, one in self.topics.items()),
        ]
        self.order_fields(["public", "enrolment", "topic", *self.asked, "files", *self.described, "name", "email"])

    @property
    def offline_fields(self):
        return json.dumps(self.offline) if self.offline and self.user else ""

    def clean_topic(self):
        return self.topics[self.cleaned_data["topic"]]

    def request(self):
        data = self.cleaned_data
        facts = self.facts(self.described)
        body = "\n".join([*facts, *([""] if facts else []), data["body"]])
        return {**super().request(), "topic": data["topic"], "subject": data["subject"], "body": body}


class LearnerDoor(DoorForm):
    slug = "apprenant"
    label = "Élève, étudiant, adulte en formation ou famille"
    detail = "Une inscription, des cours, un devoir, un examen, un projet de formation"
    publics = (Public.STUDENT, Public.ADULT)
    described = ("number",)
    offline = {
        "public": "public",
        "topic": "sujet",
        "subject": "objet",
        "body": "message",
        "enrolment": "inscription",
        "formation": "formation",
        "files": "fichiers",
    }

    public = forms.ChoiceField(
        label="Vous êtes",
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez ce qui vous correspond le mieux."},
    )
    enrolment: forms.ChoiceField = forms.ChoiceField(label="Votre inscription concernée (facultatif)", required=False)
    number = CodeField(
        label="Numéro d’apprenant (facultatif)",
        help_text="10 chiffres, sur votre certificat de scolarité.",
        required=False,
        max_length=30,
        validators=[validate_learner_number],
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.own = self._own_enrolments() if self.user else {}
        if not self.own:
            del self.fields["enrolment"]
            return
        choices = [
            (str(key), f"{one.training.title} ({one.get_state_display().lower()})") for key, one in self.own.items()
        ]
        self.fields["enrolment"].choices = [("", "Aucune en particulier"), *choices]
        asked_about = self.initial.get("formation")
        if asked_about:
            about = (key for key, one in self.own.items() if one.training.slug == asked_about)
            self.initial["enrolment"] = next(about, "")

    def _own_enrolments(self):
        enrolments = own_enrolments(self.user).order_by("-requested_at", "-pk")
        return {one.pk: one for one in enrolments[:ENROLMENTS_SHOWN]}

    def known(self):
        known = super().known()
        learner = LearnerProfile.objects.filter(user=self.user).first()
        if learner is not None:
            adult = learner.public == LearnerPublic.ADULT
            known |= {"number": learner.number, "public": Public.ADULT if adult else Public.STUDENT}
        return known

    def request(self):
        """The enrolment chosen says which training it is about."""
        chosen = self.cleaned_data.get("enrolment")
        training = self.own[int(chosen)].training if chosen else self.cleaned_data["formation"]
        return {**super().request(), "training": training}


class OrganisationDoor(DoorForm):
    """Who writes for an organisation: filled in from the one for which the account acts."""

    kinds: tuple = ()
    code = "siret"

    def known(self):
        return {**super().known(), **organisation_of(self.user, self.kinds, name="organisation", code=self.code)}

    def known_as(self):
        return declared(self.user, self.kinds, **{self.code: self.cleaned_data[self.code]})


class CompanyDoor(OrganisationDoor):
    slug = "entreprise"
    label = "Entreprise ou association"
    detail = "Former des salariés, un devis, une facture, le suivi d’une formation"
    title = "Poser une question au nom d’une entreprise"
    publics = (Public.COMPANY,)
    kinds = COMPANIES
    described = ("organisation", "siret")

    subject = subject_line("Former trois assistants de gestion", label="Votre besoin en quelques mots")
    organisation = line("Nom de votre entreprise", autocomplete="organization")
    siret = CodeField(
        label="SIRET (facultatif)", help_text="14 chiffres.", required=False, max_length=40, validators=[validate_siret]
    )


class BuyerDoor(OrganisationDoor):
    slug = "acheteur-public"
    label = "Administration ou acheteur public"
    detail = "Former des agents, un marché, un bon de commande, une facture Chorus Pro"
    title = "Poser une question au nom d’une administration"
    publics = (Public.ADMINISTRATION,)
    kinds = PUBLIC_BODIES
    described = ("organisation", "siret", "contract")

    subject = subject_line("Facture rejetée dans Chorus Pro")
    organisation = line("Nom de votre organisme", autocomplete="organization")
    siret = CodeField(
        label="SIRET",
        help_text="14 chiffres.",
        max_length=40,
        validators=[validate_siret],
        error_messages={"required": "Indiquez le SIRET de votre organisme."},
    )
    contract = line("Marché ou convention de référence", required=False, max_length=100)


class EstablishmentDoor(OrganisationDoor):
    slug = "etablissement"
    label = "Établissement scolaire ou de formation"
    detail = "Inscrire vos élèves, une convention, le suivi de leurs cours"
    title = "Écrire au guichet unique des établissements"
    lead = "Un seul interlocuteur pour toutes vos questions, en France et à l’étranger : il répond, ou fait répondre."
    publics = (Public.ESTABLISHMENT,)
    kinds = SCHOOLS
    code = "uai"
    described = ("uai", "organisation")

    subject = subject_line("Inscrire trois élèves en latin")
    uai = CodeField(
        label="Code UAI (facultatif)",
        help_text="7 chiffres et une lettre. À l’étranger, laissez vide si vous n’en avez pas.",
        required=False,
        max_length=20,
        validators=[validate_uai],
    )
    organisation = line(
        "Nom de l’établissement",
        autocomplete="organization",
        help_text="Avec la ville. Inutile si vous donnez le code UAI.",
    )
    organisation.required = False  # neither obligatory nor « facultatif »: a code replaces it

    def clean(self):
        data = super().clean()
        if not (data.get("uai") or data.get("organisation") or self.errors.keys() & {"uai", "organisation"}):
            self.add_error("organisation", "Indiquez le nom de l’établissement, ou son code UAI.")
        return data


DOORS = {door.slug: door for door in (LearnerDoor, CompanyDoor, BuyerDoor, EstablishmentDoor)}


def door_of(public):
    """The door of a public, a value of `Public`; None for anything else."""
    return next((door for door in DOORS.values() if public in door.publics), None)

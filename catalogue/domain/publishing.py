"""Verbs of a training's life. The only place that changes its state."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from catalogue.domain.indexing import index_trainings
from catalogue.domain.mentions import full_cpf_mentions, promises
from catalogue.domain.version import announce_change
from catalogue.enums import TrainingState
from catalogue.models import CpfRule, PageContent, Training
from cned_portal.common.verbs import verb

# Items of indicator 1 (décret 2026-728), which every page shows.
_FOR_ALL = [
    "summary",
    "objectives",
    "target_public",
    "accessibility",
    "contact_name",
    "contact_email",
    "disability_contact_name",
    "disability_contact_email",
    "updated_on",
]
_FOR_TRAININGS = [
    "perimeter",
    "recognition",
    "prerequisites",
    "programme",
    "duration",
    "teaching_methods",
    "resources",
    "assessment",
    "access_delay",
    "funding",
]
_FOR_CERTIFYING = ["equivalences", "bridges", "blocks", "further_study", "outlets"]  # indicator 3


class NotPublishable(ValidationError):
    """The training lacks obligatory items (`missing`) or says what it may not (`faults`); both in French."""

    def __init__(self, missing, faults):
        self.missing, self.faults = missing, faults
        super().__init__([*(f"Il manque : {item}." for item in missing), *faults])


def obligatory_fields(training):
    """Names of the fields that the page of such a training must fill."""
    names = list(_FOR_ALL)
    if not training.is_central_project:
        names += _FOR_TRAININGS
    if training.is_certifying:
        names += _FOR_CERTIFYING
    return names


def missing_items(training):
    """Obligatory items that the training's page lacks, in French; empty when it may be published."""
    missing = [
        training._meta.get_field(name).verbose_name
        for name in obligatory_fields(training)
        if not getattr(training, name)
    ]
    if not training.audiences:
        missing.append("publics")
    if training.is_central_project:
        return missing
    links = list(training.certification_links.select_related("certification"))
    if training.is_certifying and not any(link.is_in_force() for link in links):
        missing.append("certification préparée aujourd’hui")
    for link in links:
        if not link.certification.certifier:
            missing.append(f"certificateur de {link.certification.code}")
    actions = list(training.actions.prefetch_related("sessions"))
    if not actions:
        missing.append("action de formation")
    for action in actions:
        if action.price is None:
            missing.append(f"tarif de l’action « {action.name} »")
        if not action.sessions.all():
            missing.append(f"session de l’action « {action.name} »")
    if not training.indicators.all() and not training.no_result_reason:
        missing.append("indicateurs de résultat, ou la raison de leur absence")
    return missing


def faults(training):
    """What forbids publishing though nothing is missing, as sentences: an ended certification, a misleading wording."""
    today = timezone.localdate()
    found = []
    links = [link for link in training.certification_links.select_related("certification") if link.is_in_force(today)]
    if links and all(link.certification.is_expired(today) for link in links):
        found += [
            f"La certification {link.certification.code} est échue depuis le {link.certification.expires_on:%d/%m/%Y}."
            for link in links
        ]
    texts = [
        (field.verbose_name, getattr(training, field.name))
        for field in PageContent._meta.get_fields()
        if isinstance(field, models.CharField | models.TextField)
    ]
    texts.append((training._meta.get_field("title").verbose_name, training.title))
    for name, text in texts:
        found += [f"Mention interdite dans « {name} » : « {said} » promet un résultat." for said in promises(text)]
        found += [
            f"Mention interdite dans « {name} » : « {said} ». {reason}"
            for said in full_cpf_mentions(text)
            for reason in _limits_of_cpf(training, links)
        ]
    return found


def _limits_of_cpf(training, links):
    """Why the personal training account does not pay everything for this training today; at most one sentence."""
    actions = list(training.actions.all())
    if not any(action.is_cpf_eligible for action in actions):
        return ["Aucune action n’est éligible au CPF."]
    rule = CpfRule.objects.in_force()
    if rule is None:
        return []
    cap = rule.specific_register_cap
    if cap is not None and any(link.certification.code.startswith("RS") for link in links):
        above = [action.price for action in actions if action.is_cpf_eligible and (action.price or 0) > cap]
        if above:
            return [f"Le tarif dépasse le plafond de {cap} € ({rule.source})."]
    if rule.participation:
        due = f"{rule.participation:.2f}".replace(".", ",")
        return [f"Une participation de {due} € reste due ({rule.source})."]
    return []


@verb
def publish_training(training, *, acting_user):
    """Show the training to the public and put it in the search index; raises `NotPublishable`.

    A training already visible is only indexed again: a second call changes nothing else.
    """
    training = Training.objects.select_for_update().get(pk=training.pk)
    if training.state == TrainingState.CLOSED:
        raise ValidationError("Une formation fermée ne se republie pas : créez celle qui la remplace.")
    missing, wrong = missing_items(training), faults(training)
    if missing or wrong:
        raise NotPublishable(missing, wrong)
    if training.state == TrainingState.DRAFT:
        training.state = TrainingState.PUBLISHED
        training.published_at = timezone.now()
        training.save(update_fields=["state", "published_at"])
    index_trainings(Training.objects.filter(pk=training.pk))
    return training


@verb
def close_training(training, *, acting_user, successor=None, served_until=None, message=""):
    """End a visible training: at once when nobody follows it any more, else keep its page until `served_until`.

    Its address is never used again and leads to the successor, where there is one.
    """
    training = Training.objects.select_for_update().get(pk=training.pk)
    if not training.is_visible:
        raise ValidationError("Seule une formation publiée peut être fermée.")
    if successor is not None:
        if successor.pk == training.pk:
            raise ValidationError("Une formation ne se remplace pas elle-même.")
        if not Training.objects.published().filter(pk=successor.pk).exists():
            raise ValidationError("La formation qui remplace doit être publiée.")
        training.successor = successor
    today = timezone.localdate()
    if served_until is not None and served_until >= today:
        training.state = TrainingState.CLOSING
        training.closing_on = training.closing_on or today
        training.served_until = served_until
        training.closing_message = message
    else:
        training.state = TrainingState.CLOSED
        training.closed_at = timezone.now()
    training.save(update_fields=["state", "closing_on", "served_until", "closing_message", "closed_at", "successor"])
    announce_change()
    return training


@verb
def refresh_index(training, *, acting_user):
    """Bring the search index up to date with what was saved on the training or beside it."""
    return index_trainings(Training.objects.filter(pk=training.pk))

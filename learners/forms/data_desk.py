"""What staff type about guardians, duplicates and requests on data."""

from django import forms
from dsfr.forms import DsfrBaseForm

from learners.enums import STAFF_END_REASONS
from learners.forms.fields import LineField


class EndGuardianshipForm(DsfrBaseForm):
    reason = forms.ChoiceField(
        label="Raison",
        help_text="Une catégorie suffit : ni copie ni extrait d’une décision de justice n’est gardé ici.",
        choices=[(reason.value, reason.label) for reason in STAFF_END_REASONS],
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez une raison."},
    )


class DismissForm(DsfrBaseForm):
    reason = LineField(
        label="Pourquoi ce sont deux personnes",
        help_text="Par exemple : « jumeaux, vérifié au téléphone ».",
        max_length=200,
        error_messages={"required": "Dites pourquoi ce sont deux personnes."},
    )


class MergeForm(DsfrBaseForm):
    """Which file stays, and the promise that somebody checked."""

    keep = forms.ChoiceField(
        label="Dossier à garder",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choisissez le dossier à garder.",
            "invalid_choice": "Choisissez le dossier à garder.",
        },
    )
    confirmed = forms.BooleanField(
        label="J’ai vérifié que c’est la même personne, et auprès d’elle si ses deux comptes servent",
        error_messages={"required": "Cochez cette case pour confirmer."},
    )

    def __init__(self, *args, candidate, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["keep"].choices = [
            (str(item.pk), f"N° {item.number}, ouvert le {item.created_at:%d/%m/%Y}")
            for item in (candidate.first, candidate.second)
        ]


class ExtendForm(DsfrBaseForm):
    reason = LineField(
        label="Pourquoi il faut plus de temps",
        help_text="La personne le lira : nombre ou complexité des demandes.",
        max_length=300,
        error_messages={"required": "Dites pourquoi il faut plus de temps."},
    )


class AcceptForm(DsfrBaseForm):
    answer = LineField(
        label="Réponse à la personne (facultatif pour un nom ou une date)",
        help_text="Un nom ou une date est corrigé par ce bouton ; pour le reste, dites ce qui a été fait.",
        max_length=500,
        required=False,
    )


class RefuseForm(DsfrBaseForm):
    reason = LineField(
        label="Raison du refus",
        help_text="La personne la lira, avec le moyen de saisir le délégué ou la Cnil.",
        max_length=500,
        error_messages={"required": "Dites pourquoi la demande est refusée."},
    )

"""A request for a place that is being filled, for programs: the fields of the pages, as they are asked and typed."""

from django import forms
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cned_portal.users.api.fields import TrueOrFalse, site_url
from learners.api.serializers import TrainingLinkSerializer
from learners.domain.drafts import LONGEST_VALUE
from learners.forms.enrolment_path import LABELS, SEND

# Names of the fields of the forms, for the API; those of the questionnaire stay (`q12`)
NAMES = {
    **{"first_name": "prenom", "last_name": "nom", "date_of_birth": "date_naissance", "street": "rue"},
    **{"street_extra": "complement", "postal_code": "code_postal", "city": "ville", "country": "pays"},
    **{"declared": "acquis", "has_read": "prerequis_lus", "guardian_email": "courriel", "relationship": "lien"},
    **{"fundings": "financements", "__all__": "corps"},
}
STATES = [("a-remplir", "À remplir"), ("a-corriger", "À corriger"), ("remplie", "Remplie")]
FIELD_KINDS = ["texte", "date", "courriel", "choix", "choix-multiple", "case"]
TO_FILL, TO_CORRECT, FILLED = (value for value, _ in STATES)
_MOST_VALUES = 20


class DraftChoiceSerializer(serializers.Serializer):
    valeur = serializers.CharField()
    libelle = serializers.CharField()


class DraftFieldSerializer(serializers.Serializer):
    nom = serializers.CharField()
    libelle = serializers.CharField()
    aide = serializers.CharField()
    nature = serializers.ChoiceField([(kind, kind) for kind in FIELD_KINDS])
    obligatoire = serializers.BooleanField()
    longueur = serializers.IntegerField(allow_null=True, help_text="Nombre de caractères au plus.")
    choix = DraftChoiceSerializer(many=True)
    valeurs = serializers.ListField(child=serializers.CharField(), help_text="Comme elles ont été écrites.")
    erreurs = serializers.ListField(child=serializers.CharField())


class DraftStepSerializer(serializers.Serializer):
    nom = serializers.CharField()
    libelle = serializers.CharField()
    url = serializers.SerializerMethodField()
    etat = serializers.ChoiceField(STATES)
    champs = DraftFieldSerializer(many=True)

    def get_url(self, step) -> str:
        return site_url(reverse("learners_api:draft_step", args=[step["slug"], step["nom"]]))


class DraftSerializer(serializers.Serializer):
    """A path of `learners.forms.enrolment_path`: the steps known so far, what was typed, what is left."""

    url = serializers.SerializerMethodField()
    formation = TrainingLinkSerializer(source="training")
    prerequis = serializers.CharField(source="training.prerequisites")
    ouverte = serializers.SerializerMethodField(help_text="Faux : les inscriptions sont closes.")
    version = serializers.IntegerField(source="draft.version", default=0, help_text="À redonner pour envoyer.")
    modifie_le = serializers.DateTimeField(source="draft.updated_at", allow_null=True, default=None)
    mineur = serializers.BooleanField(source="is_minor")
    prix = serializers.DecimalField(
        source="action.price", max_digits=10, decimal_places=2, allow_null=True, default=None
    )
    introduction = serializers.CharField(
        source="admission.positioning_intro", default="", help_text="Du questionnaire de positionnement."
    )
    etapes = serializers.SerializerMethodField()
    suivante = serializers.SerializerMethodField(help_text="Étape à remplir ; nulle quand la demande peut partir.")

    def get_url(self, path) -> str:
        return site_url(reverse("learners_api:draft", args=[path.training.slug]))

    def get_ouverte(self, path) -> bool:
        return path.sessions.exists()

    @extend_schema_field(DraftStepSerializer(many=True))
    def get_etapes(self, path):
        return DraftStepSerializer([_step(path, step) for step in path.steps if step != SEND], many=True).data

    def get_suivante(self, path) -> str | None:
        return path.first_wrong()


class StartedDraftSerializer(serializers.Serializer):
    """A request that was begun, in the list."""

    url = serializers.SerializerMethodField()
    formation = TrainingLinkSerializer(source="training")
    version = serializers.IntegerField()
    modifie_le = serializers.DateTimeField(source="updated_at")

    def get_url(self, draft) -> str:
        return site_url(reverse("learners_api:draft", args=[draft.training.slug]))


class TypedFieldSerializer(serializers.Serializer):
    nom = serializers.CharField(max_length=40)
    valeurs = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_VALUE, allow_blank=True, trim_whitespace=False),
        max_length=_MOST_VALUES,
    )


class FillStepSerializer(serializers.Serializer):
    """A step as it is typed, whole; what is wrong is kept too."""

    champs = TypedFieldSerializer(many=True, max_length=60)  # type: ignore[call-arg]


class SendDraftSerializer(serializers.Serializer):
    version = serializers.IntegerField(min_value=0, max_value=2**31 - 1, help_text="Celle qui a été relue.")
    commencer_sans_attendre = TrueOrFalse(default=False, help_text="Commencer avant la fin du délai de rétractation.")


def _step(path, step):
    saved = path.saved(step)
    typed = path.draft.data.get(step, {}) if path.draft else {}
    blank = path.blank(step)
    state = TO_FILL if saved is None else FILLED if saved.is_valid() else TO_CORRECT
    return {
        "nom": step,
        "slug": path.training.slug,
        "libelle": LABELS[step],
        "etat": state,
        "champs": [_field(name, blank, saved, typed.get(name)) for name in blank.fields],
    }


def _field(name, blank, saved, typed):
    field = blank.fields[name]
    if typed is None:
        initial = blank.get_initial_for_field(field, name)
        typed = [str(field.prepare_value(initial))] if initial not in (None, "") else []
    return {
        "nom": NAMES.get(name, name),
        "libelle": field.label,
        "aide": field.help_text,
        "nature": _kind(field),
        "obligatoire": field.required,
        "longueur": getattr(field, "max_length", None),
        "choix": [{"valeur": str(value), "libelle": str(label)} for value, label in getattr(field, "choices", [])],
        "valeurs": typed,
        "erreurs": list(saved.errors.get(name, [])) if saved is not None else [],
    }


def _kind(field):
    kinds = {
        forms.MultipleChoiceField: "choix-multiple",
        forms.ModelChoiceField: "choix",
        forms.ChoiceField: "choix",
        forms.BooleanField: "case",
        forms.DateField: "date",
        forms.EmailField: "courriel",
    }
    return next((kind for base, kind in kinds.items() if isinstance(field, base)), "texte")

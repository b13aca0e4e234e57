"""A person's registrations for the baccalauréat, for programs."""

from django.urls import reverse
from rest_framework import serializers

from cned_portal.users.api.fields import PageSerializer, TrueOrFalse, choice, site_url
from exams.domain.queries.candidates import Standing
from exams.enums import (
    MOST_SPECIALITIES,
    Academy,
    Honours,
    Origin,
    Outcome,
    Papers,
    Pathway,
    Regime,
    RegistrationState,
    Series,
    Speciality,
)


class BacResultSerializer(serializers.Serializer):
    origine = serializers.ChoiceField(Origin.choices, source="origin", help_text="Qui le dit.")
    issue = serializers.ChoiceField(Outcome.choices, source="outcome")
    mention = serializers.ChoiceField(Honours.choices, source="honours", allow_blank=True)
    moyenne = serializers.DecimalField(source="average", max_digits=4, decimal_places=2, allow_null=True)
    texte = serializers.CharField(source="told", help_text="En clair : « admis au 1er groupe, mention bien ».")


class BacRegistrationSerializer(serializers.Serializer):
    """The registration, and what comes next on this day for who reads it, the `reader` of the context."""

    id = serializers.IntegerField(source="registration.pk")
    url = serializers.SerializerMethodField()
    a_vous = serializers.BooleanField(source="is_own", help_text="Faux : celle d’un mineur que vous suivez.")
    session = serializers.IntegerField(source="registration.session.year")
    epreuves = serializers.ChoiceField(Papers.choices, source="registration.papers")
    inscription_cned = serializers.ChoiceField(Regime.choices, source="registration.regime")
    voie = serializers.ChoiceField(Pathway.choices, source="registration.pathway")
    serie = serializers.ChoiceField(Series.choices, source="registration.series")
    specialites = serializers.ListField(
        source="registration.specialities", child=serializers.ChoiceField(Speciality.choices)
    )
    academie = serializers.ChoiceField(Academy.choices, source="registration.academy", allow_blank=True)
    etat = serializers.ChoiceField(RegistrationState.choices, source="registration.state")
    etat_libelle = serializers.CharField(source="registration.get_state_display")
    ouverture = serializers.DateField(source="registration.opens_on", allow_null=True)
    cloture = serializers.DateField(source="registration.closes_on", allow_null=True)
    resultats_le = serializers.DateField(source="registration.results_on", allow_null=True)
    a_savoir = serializers.ListField(source="next_words", child=serializers.CharField())
    resultat = BacResultSerializer(
        source="registration.result", allow_null=True, help_text="Le résultat confirmé s’il y en a un, sinon le vôtre."
    )

    def to_representation(self, registration):
        is_own = registration.learner.user_id == self.context["reader"].pk
        return super().to_representation(Standing(registration, is_own))

    def get_url(self, standing) -> str:
        return site_url(reverse("exams_api:registration", args=[standing.registration.pk]))


class BacPageSerializer(PageSerializer):
    inscriptions = BacRegistrationSerializer(many=True)


class CandidacySerializer(serializers.Serializer):
    """What one says of the papers one sits."""

    session = serializers.IntegerField(min_value=1970, max_value=2100, help_text="L’année de la session.")
    epreuves = choice(Papers)
    inscription_cned = choice(Regime)
    voie = choice(Pathway)
    serie = choice(Series)
    specialites = serializers.ListField(child=choice(Speciality), required=False, max_length=MOST_SPECIALITIES)
    academie = choice(Academy, required=False, allow_blank=True)
    faite = TrueOrFalse(help_text="L’inscription auprès de l’académie est faite.")


class SayResultSerializer(serializers.Serializer):
    issue = choice(Outcome)
    mention = choice(Honours, required=False, allow_blank=True)
    moyenne = serializers.DecimalField(
        max_digits=4, decimal_places=2, min_value=0, max_value=20, required=False, allow_null=True
    )

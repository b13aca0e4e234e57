"""Results of the baccalauréat as the public page shows them: small groups are hidden by the same rule."""

from rest_framework import serializers

from exams.enums import CandidateStatus, Pathway


class RateSerializer(serializers.Serializer):
    pourcentage = serializers.FloatField(source="percent", allow_null=True)
    bas = serializers.FloatField(source="low", allow_null=True, help_text="Intervalle de confiance à 95 %.")
    haut = serializers.FloatField(source="high", allow_null=True)
    note = serializers.CharField(help_text="Pourquoi il n’y a pas de taux, ou ce qui le nuance.")


class ResultSerializer(serializers.Serializer):
    session = serializers.IntegerField(source="year")
    voie = serializers.ChoiceField(Pathway.choices, source="pathway")
    voie_libelle = serializers.CharField(source="pathway_label")
    statut = serializers.ChoiceField(CandidateStatus.choices, source="status")
    statut_libelle = serializers.CharField(source="status_label")
    inscrits = serializers.CharField(source="shown.registered", help_text="Un nombre, ou le texte qui le remplace.")
    presents = serializers.CharField(source="shown.present", help_text="De même.")
    admis = serializers.CharField(source="shown.admitted", help_text="De même.")
    taux = RateSerializer(source="rate")
    partiel = serializers.BooleanField(source="is_partial", help_text="Des académies manquent.")


class BreakSerializer(serializers.Serializer):
    portee = serializers.CharField(source="scope")
    raison = serializers.CharField(source="reason")
    source = serializers.CharField()  # type: ignore[assignment]


class ResultsSerializer(serializers.Serializer):
    resultats = ResultSerializer(many=True)
    ruptures = BreakSerializer(many=True)

"""What a person asks about their data, and where it stands, for programs."""

from django.urls import reverse
from rest_framework import serializers

from cned_portal.common.progress import RunState
from cned_portal.users.api.fields import TrueOrFalse, choice, site_url
from learners.domain.privacy.exports import KEPT_FOR
from learners.enums import FileKind, RightKind, RightState


class DataExportSerializer(serializers.Serializer):
    """A copy of one's data: follow `url` until `done` or `failed`, then fetch `fichier` while it is kept."""

    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    etat = serializers.ChoiceField(RunState.choices, source="state")
    etat_libelle = serializers.CharField(source="get_state_display")
    progression = serializers.IntegerField(source="progress", help_text="En pour cent.")
    erreur = serializers.CharField(source="error")
    demandee_le = serializers.DateTimeField(source="created_at")
    effacee_a_partir_du = serializers.SerializerMethodField()
    effacee_le = serializers.DateTimeField(source="erased_at", allow_null=True)
    fichier = serializers.SerializerMethodField(help_text="Adresse du fichier ZIP ; nulle tant qu’il n’est pas prêt.")

    def get_url(self, run) -> str:
        return site_url(reverse("learners_api:data_export", args=[run.pk]))

    def get_effacee_a_partir_du(self, run) -> str:
        return (run.created_at + KEPT_FOR).isoformat()

    def get_fichier(self, run) -> str | None:
        is_ready = run.state == RunState.DONE and run.erased_at is None
        return site_url(reverse("learners_api:data_export_file", args=[run.pk])) if is_ready else None


class RightRequestSerializer(serializers.Serializer):
    """A correction, or something else, asked of staff."""

    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    nature = serializers.ChoiceField(RightKind.choices, source="kind")
    nature_libelle = serializers.CharField(source="get_kind_display")
    demande = serializers.CharField(source="wanted", help_text="Vide une fois effacée.")
    etat = serializers.ChoiceField(RightState.choices, source="state")
    etat_libelle = serializers.CharField(source="get_state_display")
    demandee_le = serializers.DateTimeField(source="asked_at")
    reponse_due_le = serializers.DateField(source="due_on")
    prolongee_le = serializers.DateTimeField(source="extended_at", allow_null=True)
    raison_prolongation = serializers.CharField(source="extension_reason")
    traitee_le = serializers.DateTimeField(source="settled_at", allow_null=True)
    reponse = serializers.CharField(source="answer")

    def get_url(self, request) -> str:
        return site_url(reverse("learners_api:right", args=[request.pk]))


class AskRightSerializer(serializers.Serializer):
    nature = choice(RightKind, source="kind")
    demande = serializers.CharField(
        source="wanted", max_length=1_000, help_text="Le prénom, le nom ou la date exacts ; ou votre demande."
    )


class KeptSerializer(serializers.Serializer):
    quoi = serializers.CharField(source="what")
    pourquoi = serializers.CharField(source="why")
    jusqu_a = serializers.CharField(source="until")


class ClosureSerializer(serializers.Serializer):
    """What closing the account does, and whether it is asked."""

    url = serializers.SerializerMethodField()
    demandee_le = serializers.DateTimeField(source="closure.asked_at", allow_null=True, default=None)
    prevue_le = serializers.DateTimeField(source="closure.due_at", allow_null=True, default=None)
    jours = serializers.IntegerField(source="days", help_text="Pour y renoncer, en se reconnectant.")
    garde = KeptSerializer(source="kept", many=True)
    empechements = serializers.ListField(source="hindrances", child=serializers.CharField())

    def get_url(self, told) -> str:
        return site_url(reverse("learners_api:closure"))


class AskClosureSerializer(serializers.Serializer):
    confirmation = TrueOrFalse(source="confirmed", help_text="Vrai : j’ai lu ce qui est effacé et ce qui est gardé.")


class OpeningSerializer(serializers.Serializer):
    """A service that opened one's file, a day; never who."""

    service = serializers.CharField()
    jour = serializers.DateField(source="day")
    ouvert = serializers.SerializerMethodField()

    def get_ouvert(self, line) -> str:
        return FileKind(line["kind"]).label

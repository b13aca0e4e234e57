"""What the API says of a training. Names are those of the site's addresses and pages, in French."""

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalogue.models import PageContent, ResultIndicator, Training, TrainingAction, TrainingSession

_NOT_TEXTS = {"summary", "duration", "updated_on"}


class CertificationSerializer(serializers.Serializer):
    code = serializers.CharField(source="certification.code")
    intitule = serializers.CharField(source="certification.title")
    certificateur = serializers.CharField(source="certification.certifier")
    echeance = serializers.DateField(source="certification.expires_on", allow_null=True)


class SessionSerializer(serializers.ModelSerializer):
    inscription_ouverte = serializers.BooleanField(source="is_open")

    class Meta:
        model = TrainingSession
        fields = [
            *("starts_on", "ends_on", "enrolment_opens_on", "enrolment_closes_on", "exam_enrolment_opens_on"),
            *("exam_enrolment_closes_on", "exam_starts_on", "exam_ends_on", "inscription_ouverte"),
        ]


class ActionSerializer(serializers.ModelSerializer):
    modalite = serializers.CharField(source="get_teaching_mode_display")
    sessions = SessionSerializer(many=True)

    class Meta:
        model = TrainingAction
        fields = ["name", "modalite", "pace", "hours", "price", "is_cpf_eligible", "fundings", "sessions"]


class IndicatorSerializer(serializers.ModelSerializer):
    libelle = serializers.CharField(source="get_kind_display")

    class Meta:
        model = ResultIndicator
        fields = ["kind", "libelle", "numerator", "denominator", "period_start", "period_end", "method", "source"]


class TrainingSerializer(serializers.ModelSerializer):
    """A training in a list."""

    url = serializers.SerializerMethodField()
    type = serializers.CharField(source="diploma_type.name", allow_null=True, default=None)
    domaine = serializers.CharField(source="domain.name", allow_null=True, default=None)
    unite = serializers.CharField(source="unit.name")
    certifications = serializers.SerializerMethodField()
    actions = ActionSerializer(many=True)

    class Meta:
        model = Training
        fields = [
            *("slug", "url", "title", "summary", "kind", "state", "perimeter", "recognition", "type", "domaine"),
            *("unite", "level_before", "level_after", "audiences", "nsf", "duration", "duration_months"),
            *("updated_on", "certifications", "actions"),
        ]

    def get_url(self, training) -> str:
        return settings.SITE_URL + training.get_absolute_url()

    @extend_schema_field(CertificationSerializer(many=True))
    def get_certifications(self, training):
        links = [link for link in training.certification_links.all() if link.is_in_force()]
        return CertificationSerializer(links, many=True).data


class FullTrainingSerializer(TrainingSerializer):
    """A training with all that its page says."""

    indicators = IndicatorSerializer(many=True)
    metiers: serializers.Field = serializers.SlugRelatedField(
        source="occupations", slug_field="code", many=True, read_only=True
    )

    class Meta(TrainingSerializer.Meta):
        fields = [
            *TrainingSerializer.Meta.fields,
            *(field.name for field in PageContent._meta.get_fields() if field.name not in _NOT_TEXTS),
            *("indicators", "metiers"),
        ]


class TrainingPageSerializer(serializers.Serializer):
    suivant = serializers.URLField(allow_null=True, help_text="Adresse de la page suivante, nulle à la dernière.")
    formations = TrainingSerializer(many=True)

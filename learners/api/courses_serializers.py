"""Courses, devoirs, dates and follow-up of a learner, for programs."""

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cned_portal.users.api.fields import PageSerializer, SentFile, site_url
from learners.enums import ActivityKind, ContactKind, ContactOutcome, CopyState, HomeworkStage, ScanState
from learners.models.copies import COMMENT_LENGTH
from learners.models.courses import LONGEST_MINUTES
from learners.models.followup import NOTE_LENGTH


class ModuleSerializer(serializers.Serializer):
    id = serializers.IntegerField(source="module.pk")
    rang = serializers.IntegerField(source="module.rank")
    titre = serializers.CharField(source="module.title")
    resume = serializers.CharField(source="module.summary")
    heures = serializers.DecimalField(source="module.expected_hours", max_digits=5, decimal_places=1)
    lien = serializers.CharField(source="module.link", help_text="Adresse du cours, vide s’il n’y en a pas.")
    ouvert_le = serializers.DateTimeField(source="progress.opened_at", allow_null=True)
    termine_le = serializers.DateTimeField(source="progress.done_at", allow_null=True)
    minutes = serializers.IntegerField(source="progress.minutes", allow_null=True, help_text="Temps déclaré.")


class CourseSerializer(serializers.Serializer):
    inscription = serializers.IntegerField(source="enrolment.pk")
    url = serializers.SerializerMethodField()
    intitule = serializers.CharField(source="enrolment.training.title")
    a_vous = serializers.BooleanField(source="is_own", help_text="Faux : celle d’un mineur que vous suivez.")
    prenom = serializers.CharField(source="enrolment.learner.user.first_name", help_text="De l’apprenant.")
    avancement = serializers.IntegerField(source="percent", help_text="En pour cent des modules.")
    modules = serializers.SerializerMethodField()

    def get_url(self, course) -> str:
        return site_url(reverse("learners_api:course", args=[course.enrolment.pk]))

    @extend_schema_field(ModuleSerializer(many=True))
    def get_modules(self, course):
        rows = [{"module": module, "progress": progress} for module, progress in course.rows]
        return ModuleSerializer(rows, many=True).data


class NoteModuleSerializer(serializers.Serializer):
    """What a learner notes of a module."""

    nature = serializers.ChoiceField(
        [ActivityKind.OPENED, ActivityKind.DONE],
        error_messages={"invalid_choice": "Valeurs connues : opened, done."},
        help_text="`opened` : ouvert ; `done` : terminé.",
    )
    minutes = serializers.IntegerField(
        min_value=0, max_value=LONGEST_MINUTES, required=False, allow_null=True, help_text="Avec `done` seulement."
    )


class HomeworkFileSerializer(serializers.Serializer):
    nom = serializers.CharField(source="name")
    octets = serializers.IntegerField(source="size")
    analyse = serializers.ChoiceField(ScanState.choices, source="scan")
    url = serializers.SerializerMethodField(help_text="Nulle tant que l’antivirus n’a pas lu le fichier.")
    address: str

    def get_url(self, file) -> str | None:
        return site_url(reverse(self.address, args=[file.pk])) if file.is_readable else None


class CopyFileSerializer(HomeworkFileSerializer):
    address = "learners_api:copy_file"


class CorrectionFileSerializer(HomeworkFileSerializer):
    address = "learners_api:correction_file"


class CopySerializer(serializers.Serializer):
    version = serializers.IntegerField()
    etat = serializers.ChoiceField(CopyState.choices, source="state")
    etat_libelle = serializers.CharField(source="get_state_display")
    rendue_le = serializers.DateTimeField(source="handed_in_at")
    en_retard = serializers.BooleanField(source="is_late")


class FullCopySerializer(CopySerializer):
    commentaire = serializers.CharField(source="comment")
    fichiers = CopyFileSerializer(source="files.all", many=True)


class CorrectionSerializer(serializers.Serializer):
    rendue_le = serializers.DateTimeField(source="marked_at")
    note = serializers.DecimalField(
        source="grade", max_digits=4, decimal_places=2, allow_null=True, help_text="Sur 20."
    )
    non_note = serializers.BooleanField(source="is_ungraded")
    appreciation = serializers.CharField(source="feedback")


class FullCorrectionSerializer(CorrectionSerializer):
    fichiers = CorrectionFileSerializer(source="files.all", many=True)


class HomeworkSerializer(serializers.Serializer):
    """A devoir of an enrolment, and where its copy stands."""

    id = serializers.IntegerField(source="devoir.pk")
    inscription = serializers.IntegerField(source="enrolment.pk")
    url = serializers.SerializerMethodField()
    titre = serializers.CharField(source="devoir.title")
    module = serializers.CharField(source="devoir.module.title")
    formation = serializers.CharField(source="enrolment.training.title")
    a_vous = serializers.BooleanField(source="is_own", help_text="Faux : celui d’un mineur que vous suivez.")
    prenom = serializers.CharField(source="enrolment.learner.user.first_name", help_text="De l’apprenant.")
    etat = serializers.ChoiceField(HomeworkStage.choices, source="stage")
    etat_libelle = serializers.CharField(source="stage.label")
    a_rendre_le = serializers.DateField(source="devoir.due_on", allow_null=True)
    en_retard = serializers.BooleanField(source="is_late")
    peut_rendre = serializers.BooleanField(source="may_hand_in")
    versions_permises = serializers.IntegerField(source="devoir.versions")
    copie = CopySerializer(source="copy", allow_null=True, help_text="Celle qui compte.")
    correction = CorrectionSerializer(allow_null=True)

    def get_url(self, homework) -> str:
        return site_url(reverse("learners_api:devoir", args=[homework.enrolment.pk, homework.devoir.pk]))


class HomeworkPageSerializer(PageSerializer):
    devoirs = HomeworkSerializer(many=True)


class FullHomeworkSerializer(HomeworkSerializer):
    """The same with its subject, every version handed in and the marked copy."""

    sujet = serializers.CharField(source="devoir.subject")
    sujet_fichier = serializers.SerializerMethodField()
    copies = serializers.SerializerMethodField(help_text="Chaque version rendue, la dernière d’abord.")
    correction = FullCorrectionSerializer(allow_null=True)

    @extend_schema_field(FullCopySerializer(many=True))
    def get_copies(self, homework):
        return FullCopySerializer(self.context["versions"], many=True).data

    def get_sujet_fichier(self, homework) -> str | None:
        if not homework.devoir.subject_file:
            return None
        return site_url(reverse("learners_api:subject_file", args=[homework.enrolment.pk, homework.devoir.pk]))


class HandInSerializer(serializers.Serializer):
    version = serializers.IntegerField(
        min_value=1, max_value=20, help_text="Celle de la copie plus un ; 1 la première fois."
    )
    commentaire = serializers.CharField(
        source="comment", max_length=COMMENT_LENGTH, required=False, allow_blank=True, default=""
    )


class HandInWithFilesSerializer(HandInSerializer):
    """The same with its files. For the schema."""

    fichiers = serializers.ListField(child=SentFile(), min_length=1)


class SubscriptionSerializer(serializers.Serializer):
    """The secret address of one's calendar, for any calendar client."""

    url = serializers.URLField(allow_null=True, help_text="Nulle tant qu’aucune n’est demandée.")
    depuis_le = serializers.DateTimeField(allow_null=True)


class DaysSerializer(serializers.Serializer):
    """The days of a calendar, both included."""

    du = serializers.DateField(required=False)
    au = serializers.DateField(required=False)

    def validate(self, attrs):
        if "du" in attrs and "au" in attrs and attrs["au"] < attrs["du"]:
            raise serializers.ValidationError({"au": ["La fin est avant le début."]})
        return attrs


class OccurrenceSerializer(serializers.Serializer):
    id = serializers.CharField(source="uid")
    jour = serializers.DateField(source="day")
    debut = serializers.SerializerMethodField(help_text="L’heure, nulle pour une journée entière.")
    titre = serializers.CharField(source="title")

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_debut(self, occurrence):
        return serializers.DateTimeField().to_representation(occurrence.starts) if occurrence.is_timed else None


class ExchangeSerializer(serializers.Serializer):
    """An exchange with one's tutor. What the tutor notes of it for themselves is not told."""

    id = serializers.IntegerField(source="pk")
    url = serializers.SerializerMethodField()
    inscription = serializers.IntegerField(source="enrolment_id")
    formation = serializers.CharField(source="enrolment.training.title")
    nature = serializers.ChoiceField(ContactKind.choices, source="kind")
    nature_libelle = serializers.CharField(source="get_kind_display")
    date = serializers.DateTimeField(source="at")
    rendez_vous_le = serializers.DateTimeField(source="meets_at", allow_null=True)
    suite = serializers.ChoiceField(ContactOutcome.choices, source="outcome")
    reponse = serializers.CharField(source="answer", help_text="La vôtre, vide si vous n’avez pas répondu.")
    attend_reponse = serializers.SerializerMethodField()

    def get_url(self, contact) -> str:
        return site_url(reverse("learners_api:contact", args=[contact.pk]))

    def get_attend_reponse(self, contact) -> bool:
        return contact.kind == ContactKind.REMINDER and not contact.answer


class ExchangePageSerializer(PageSerializer):
    contacts = ExchangeSerializer(many=True)


class AnswerReminderSerializer(serializers.Serializer):
    texte = serializers.CharField(max_length=NOTE_LENGTH)

"""What learners send with their courses, and what markers give back."""

import json
import uuid

from django import forms
from django.conf import settings
from dsfr.forms import DsfrBaseForm

from cned_portal.common.uploads import MEGABYTE, FilesField, PhotosInput
from learners.domain.homework_files import MOST_FILES
from learners.models.copies import COMMENT_LENGTH, FEEDBACK_LENGTH, HIGHEST_GRADE
from learners.models.courses import LONGEST_MINUTES
from learners.models.followup import NOTE_LENGTH

FORMATS = "PDF, images, bureautique sans macros"


def text_area(rows, **attrs):
    return forms.Textarea(attrs={"rows": rows, **attrs})


class KeyedForm(DsfrBaseForm):
    """A form whose key, drawn when it is shown, makes a double click or a second sending harmless."""

    client_key = forms.UUIDField(widget=forms.HiddenInput, error_messages={"required": "Rechargez la page."})

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("client_key", uuid.uuid4())


def copy_files(**kwargs):
    """The field of the files of a copy, whose limit is that of the settings."""
    limit = settings.HOMEWORK_MAX_BYTES
    return FilesField(
        most=MOST_FILES,
        max_bytes=limit,
        help_text=f"{MOST_FILES} fichiers au plus, {limit // MEGABYTE} Mo chacun : {FORMATS}.",
        widget=PhotosInput(attrs={"multiple": True, "data-max-bytes": limit, "data-most": MOST_FILES}),
        **kwargs,
    )


class HandInForm(KeyedForm):
    """A copy. The files come last: what was typed before them is read even when they are too large.

    Without network the device keeps it and sends it to the API, whose names `offline_fields` gives.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=20)
    comment = forms.CharField(
        label="Un mot pour votre correcteur (facultatif)",
        required=False,
        max_length=COMMENT_LENGTH,
        widget=text_area(3),
    )

    offline_fields = json.dumps({"version": "version", "comment": "commentaire", "files": "fichiers"})

    def __init__(self, *args, oversized=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["files"] = copy_files(
            label="Votre copie", error_messages={"required": "Joignez votre copie avant de la rendre."}
        )
        self.fields["files"].oversized = list(oversized)


class FinishForm(KeyedForm):
    minutes = forms.IntegerField(
        label="Temps passé, en minutes (facultatif)",
        required=False,
        min_value=0,
        max_value=LONGEST_MINUTES,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "invalid": "Écrivez un nombre de minutes, par exemple 45.",
            "max_value": "Indiquez un temps de moins de 24 heures (1 440 minutes).",
        },
    )


class AnswerForm(DsfrBaseForm):
    text = forms.CharField(
        label="Votre réponse",
        max_length=NOTE_LENGTH,
        widget=text_area(4),
        error_messages={"required": "Écrivez votre réponse."},
    )


class GradeField(forms.DecimalField):
    """A grade out of 20, with a comma or a point."""

    def __init__(self, **kwargs):
        out_of_range = f"Une note va de 0 à {HIGHEST_GRADE}."
        super().__init__(
            min_value=0,
            max_value=HIGHEST_GRADE,
            max_digits=4,
            decimal_places=2,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            error_messages={
                "invalid": "Écrivez une note, par exemple 12,5.",
                "min_value": out_of_range,
                "max_value": out_of_range,
                "max_digits": out_of_range,
                "max_whole_digits": out_of_range,
                "max_decimal_places": "Deux décimales au plus.",
            },
            **kwargs,
        )

    def to_python(self, value):
        return super().to_python(value.strip().replace(",", ".") if isinstance(value, str) else value)


class MarkForm(DsfrBaseForm):
    """The grade or « non noté », what the marker says, the marked copy."""

    grade = GradeField(label="Note sur 20", required=False)
    is_ungraded = forms.BooleanField(label="Non noté", required=False)
    feedback = forms.CharField(
        label="Appréciation",
        max_length=FEEDBACK_LENGTH,
        widget=text_area(8),
        error_messages={"required": "Écrivez une appréciation : l’apprenant la lira."},
    )

    def __init__(self, *args, oversized=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["files"] = copy_files(label="Copie annotée (facultatif)", required=False)
        self.fields["files"].oversized = list(oversized)

    def clean(self):
        data = super().clean()
        if "grade" in data and (data["grade"] is None) == (not data.get("is_ungraded")):
            self.add_error("grade", "Donnez une note, ou cochez « non noté ».")
        return data

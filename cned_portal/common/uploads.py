"""Files that people send: too large ones are let go by without being kept, the others are judged by their content."""

import functools

from django import forms
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from cned_portal.common.files import RefusedFile, file_type

MEGABYTE = 1024 * 1024


class SizeLimit(FileUploadHandler):
    """Stop keeping a file at its first byte too many; the other fields of the form are read all the same."""

    def __init__(self, request, limit):
        super().__init__(request)
        self.limit = limit
        request.oversized_files = {}

    def receive_data_chunk(self, raw_data, start):
        if start + len(raw_data) > self.limit:
            self.request.oversized_files.setdefault(self.field_name, []).append(self.file_name)
            raise SkipFile
        return raw_data

    def file_complete(self, file_size):
        return None


def limits_uploads(limit):
    """Decorate a view that takes files: `limit()` is the size of the largest, in bytes.

    The handler must be there before anything reads the body, hence before the check against forgery, made just after.
    """

    def decorate(view):
        protected = csrf_protect(view)

        @csrf_exempt
        @functools.wraps(view)
        def wrapper(request, *args, **kwargs):
            request.upload_handlers.insert(0, SizeLimit(request, limit()))
            return protected(request, *args, **kwargs)

        return wrapper

    return decorate


def oversized_files(request, field):
    """Names of the files of this field that were let go by, once the body is read."""
    request.FILES  # noqa: B018  reads it, if nothing has
    return request.oversized_files.get(field, [])


class UploadInput(forms.FileInput):
    """A file, as the design system draws it."""

    group_class = "fr-upload-group"

    def __init__(self, attrs=None):
        super().__init__({"class": "fr-upload", **(attrs or {})})


class FilesInput(UploadInput):
    allow_multiple_selected = True


class PhotoInput(UploadInput):
    """A file, or a photo taken on the spot with a phone: two inputs of one name, of which one may stay empty."""

    template_name = "components/photo_input.html"

    def use_required_attribute(self, initial):
        return False


class PhotosInput(PhotoInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """A few documents; the value is a list of (name, bytes), each one judged by its content.

    A form whose view is decorated with `limits_uploads` gives `oversized`, what `oversized_files` says.
    """

    widget = FilesInput

    def __init__(self, *, most, max_bytes, **kwargs):
        self.most, self.max_bytes = most, max_bytes
        self.oversized = []
        kwargs.setdefault("widget", FilesInput(attrs={"multiple": True}))
        super().__init__(**kwargs)

    def clean(self, data, initial=None):
        files = [file for file in (data if isinstance(data, list | tuple) else [data]) if file]
        errors = [f"{name} : ce fichier dépasse {self.limit_label}." for name in self.oversized]
        if len(files) + len(errors) > self.most:
            errors.append(f"Joignez {self.most} fichiers au plus.")
        checked = []
        for file in files[: self.most]:
            try:
                checked.append((file.name, self._checked(file)))
            except RefusedFile as refusal:
                errors.append(f"{file.name} : {refusal}")
        if errors:
            raise forms.ValidationError(errors)
        if self.required and not checked:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return checked

    @property
    def limit_label(self):
        return f"{self.max_bytes // MEGABYTE} Mo"

    def _checked(self, file):
        if file.size > self.max_bytes:
            raise RefusedFile(f"ce fichier dépasse {self.limit_label}.")
        content = file.read()
        file_type(file.name, content)
        return content

"""What the addresses that act have in common: the forms of the site judge, one verb acts, the state is told."""

from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError

from cned_portal.common.refusals import Refusal
from cned_portal.common.uploads import SizeLimit
from cned_portal.users.api.base import JSON_MAX, BoundedMultiPartParser, ConflictError, TooLargeError, file_of
from cned_portal.users.api.person import SpaceView

FILE, PDF, TABLE = file_of(), file_of("application/pdf"), file_of("text/csv")


class NotBeforeProofError(APIException):
    status_code = status.HTTP_403_FORBIDDEN
    default_detail = "Prouvez de nouveau qui vous êtes (auth/reauthenticate), puis recommencez."


class ActView(SpaceView):
    def done(self, request, verb, /, *args, told, files=(), **said):
        """Call the verb once for the caller's key; the answer is `told(what it returned)`, with its `url`."""

        def act():
            made = verb(*args, acting_user=request.user, **said)
            return status.HTTP_201_CREATED, dict(told(made))

        return self.once(request, act, files)

    def changed(self, request, verb, /, *args, **said):
        """Call a verb that, done again, leaves things as they are; what it refuses is a conflict."""
        try:
            return verb(*args, acting_user=request.user, **said)
        except Refusal as refusal:
            raise ConflictError(str(refusal)) from None

    def said(self, request, serializer):
        """What was sent, once its types are right."""
        said = serializer(data=request.data)
        said.is_valid(raise_exception=True)
        return said.validated_data


class UploadView(ActView):
    """Takes one file, named `fichier`, with the other fields of a form of the site."""

    most_bytes = 10 * 1024 * 1024

    def get_parsers(self):
        parser = BoundedMultiPartParser()
        parser.max_bytes = self.most_bytes + JSON_MAX
        return [parser]

    def initialize_request(self, request, *args, **kwargs):
        request.upload_handlers.insert(0, SizeLimit(request, self.most_bytes))
        return super().initialize_request(request, *args, **kwargs)

    def file(self, request):
        """The file of the call, None when there is none; TooLargeError when it was let go by."""
        found = request.FILES.get("fichier")
        if request.oversized_files.get("fichier"):
            raise TooLargeError(f"Ce fichier dépasse {self.most_bytes // 1024**2} Mo.")
        return found


def judged(form, names):
    """What the site's form accepts of it; its errors under the names of the API."""
    if not form.is_valid():
        raise ValidationError({names.get(name, name): messages for name, messages in form.errors.items()})
    return form.cleaned_data

"""What the addresses of the API have in common: bounded bodies, errors told alike, calls made once."""

import hashlib
import json
import re
import uuid

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpResponse, QueryDict
from django.utils.cache import get_conditional_response, patch_cache_control
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import exceptions, serializers, status
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView, exception_handler

from cned_portal.common.keyset import InvalidCursor, list_page_after, page_after
from cned_portal.common.refusals import Refusal
from cned_portal.users.domain.idempotency import KeyReused, call_once

JSON_MAX = 128 * 1024
PAGE_SIZE, PAGE_MAX = 20, 100
PROBLEM = "application/problem+json"
_KEY = re.compile(r"[!-~]{1,64}")
_TITLES = {
    400: "Demande incorrecte",
    401: "Authentification nécessaire",
    403: "Accès refusé",
    404: "Introuvable",
    405: "Méthode non acceptée",
    406: "Format de réponse non disponible",
    409: "Acte impossible",
    412: "Contenu changé",
    413: "Contenu trop volumineux",
    415: "Format non accepté",
    422: "Clé d’idempotence déjà employée",
    429: "Trop d’appels",
    500: "Erreur du portail",
}
_DETAILS = {
    400: "Le contenu envoyé n’a pas la forme attendue.",
    401: "Identifiez-vous pour appeler cette adresse.",
    404: "Rien ne se trouve à cette adresse.",
    406: "Les réponses sont en JSON.",
    412: "L’étiquette envoyée n’est plus celle de ce contenu.",
    415: "Envoyez du JSON, ou un formulaire multipart s’il y a des fichiers.",
    500: "Le portail n’a pas pu répondre. L’erreur est enregistrée : renvoyez l’appel dans un moment.",
}

_SPOKEN = (exceptions.ParseError, exceptions.AuthenticationFailed)  # told in words of ours where they are raised

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]{1,64}$"},
    OpenApiParameter.HEADER,
    required=True,
    description="Choisie par l’appelant, un UUID par exemple. La même clé donne la même réponse pendant 24 heures.",
)
IF_NONE_MATCH = OpenApiParameter("If-None-Match", OpenApiTypes.STR, OpenApiParameter.HEADER)
PAGING = [
    OpenApiParameter("taille", {"type": "integer", "minimum": 1, "maximum": PAGE_MAX, "default": PAGE_SIZE}),
    OpenApiParameter("curseur", {"type": "string"}, description="Donné par « suivant »."),
]


class ProblemSerializer(serializers.Serializer):
    """An error, as RFC 9457 tells it; `errors` names the fields to correct."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()), required=False
    )


UNCHANGED = {
    304: OpenApiResponse(description="Rien n’a changé depuis l’étiquette envoyée."),
    (412, PROBLEM): OpenApiResponse(ProblemSerializer, description=_TITLES[412]),
}


def file_of(*types):
    """The answer of an address that gives a file, for its schema; without types, whatever somebody sent."""
    every = types or ("application/octet-stream", "*/*")
    told = {(200, one): OpenApiResponse(OpenApiTypes.BINARY, description="Le fichier.") for one in every}
    return {**told, **problems(404)}


def problems(*codes):
    """The problems an address may answer with, for its schema; the common ones are always there."""
    every = sorted({400, 401, 403, 406, 429, *codes})
    return {(code, PROBLEM): OpenApiResponse(ProblemSerializer, description=_TITLES[code]) for code in every}


class KeyReusedError(exceptions.APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY


class ConflictError(exceptions.APIException):
    status_code = status.HTTP_409_CONFLICT


class ChangedError(exceptions.APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED


class TooLargeError(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "Le contenu envoyé est trop volumineux."


class BoundedJSONParser(JSONParser):
    """UTF-8 whatever the caller announces, and no more than what a request needs."""

    def parse(self, stream, media_type=None, parser_context=None):
        content = stream.read(JSON_MAX + 1)
        if len(content) > JSON_MAX:
            raise TooLargeError
        try:
            said = json.loads(content.decode("utf-8"), parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise exceptions.ParseError("Ce contenu n’est pas du JSON.") from None
        if not isinstance(said, dict):
            raise exceptions.ParseError("Un objet JSON est attendu.")
        return said


def _refuse_constant(name):
    raise ValueError(name)


class BoundedMultiPartParser(MultiPartParser):
    """A form with files; a subclass says how large it may be."""

    max_bytes = JSON_MAX

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            length = int(stream.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0
        if length > self.max_bytes:
            raise TooLargeError
        try:
            return super().parse(stream, media_type, {**(parser_context or {}), "encoding": "utf-8"})
        except exceptions.ParseError:
            raise exceptions.ParseError("Ce contenu n’est pas un formulaire multipart.") from None


class PrivateView(APIView):
    """Base of the addresses that tell of a person. Answers hold personal data: shared caches keep none."""

    parser_classes = [BoundedJSONParser]

    def initialize_request(self, request, *args, **kwargs):
        request.encoding = "utf-8"  # else the caller's, which may be none that Python reads texts with
        return super().initialize_request(request, *args, **kwargs)

    def get_exception_handler(self):
        return problem

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        key = request.headers.get("Idempotency-Key", "")
        if request.method == "POST" and hasattr(self, "post") and not _KEY.fullmatch(key):
            raise exceptions.ValidationError({"Idempotency-Key": ["Une clé de 1 à 64 caractères est attendue."]})

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_cache=True)
        return response

    def conditional(self, request, data):
        """The answer, or 304 when the caller already has it."""
        etag = f'"{hashlib.sha256(json.dumps(data, default=str).encode()).hexdigest()[:32]}"'
        return unchanged(request, etag) or Response(data, headers={"ETag": etag})

    def page(self, request, rows, order, *, name, serializer, context=None):
        """A page of rows, with the address of the next. A list already read is told by `order`, the key of a row."""
        size = self.page_size(request)
        try:
            paged = list_page_after if isinstance(rows, list) else page_after
            page = paged(rows, order, request.GET.get("curseur", ""), size=size)
        except InvalidCursor:
            raise exceptions.ValidationError({"curseur": ["Ce curseur n’est pas l’un des nôtres."]}) from None
        told = serializer(page.rows, many=True, context=context or {}).data
        return self.conditional(request, {"suivant": self.next_address(request, page.next_cursor), name: told})

    def page_size(self, request):
        """How many rows the caller wants."""
        size = request.GET.get("taille", str(PAGE_SIZE))
        if not (size.isascii() and size.isdecimal() and len(size) <= 3 and 1 <= int(size) <= PAGE_MAX):
            raise exceptions.ValidationError({"taille": [f"Un nombre entier de 1 à {PAGE_MAX} est attendu."]})
        return int(size)

    def next_address(self, request, cursor):
        """The address of the next page, None after the last."""
        if not cursor:
            return None
        query = request.GET.copy()
        query["curseur"] = cursor
        return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")

    def chosen(self, request, name, choices):
        """A filter of the address, or None; a value that is none of the choices is an error."""
        value = request.GET.get(name)
        if value is not None and value not in choices:
            raise exceptions.ValidationError({name: [f"Valeurs connues : {', '.join(choices)}."]})
        return value

    def caller(self, request):
        """Whose keys of idempotency those of the call are."""
        raise NotImplementedError

    def once(self, request, act, files=()):
        """Do `act()`, which returns (status, body), once for the caller's key; the answer."""
        key, digest = request.headers["Idempotency-Key"], _digest(request, files)
        try:
            code, body, is_repeated = call_once(caller=self.caller(request), key=key, digest=digest, act=act)
        except KeyReused as refusal:
            raise KeyReusedError(str(refusal)) from None
        except Refusal as refusal:
            raise ConflictError(str(refusal)) from None
        headers = {"Location": body["url"]}
        if is_repeated:
            headers["Idempotent-Replayed"] = "true"
        return Response(body, code, headers=headers)


class GivesFile(APIView):
    """Put before the base of a view that gives a file: its type is its own, whatever the caller says to accept."""

    def perform_content_negotiation(self, request, force=False):
        return super().perform_content_negotiation(request, force=True)


def unchanged(request, etag):
    """The answer to a caller who already has what the tag marks (304), else None; ChangedError for `If-Match`."""
    found = get_conditional_response(request, etag=etag)
    if found is None:
        return None
    if found.status_code == status.HTTP_412_PRECONDITION_FAILED:
        raise ChangedError
    found["ETag"] = etag
    return found


def lasting_key(request):
    """The caller's key at this address as a UUID: what is written with it stays written once, however late it comes."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{request.path} {request.headers['Idempotency-Key']}")


class ScopedThrottle(ScopedRateThrottle):
    """Reading and writing have each their rate."""

    def allow_request(self, request, view):
        self.scope = view.throttle_scope if request.method in SAFE_METHODS else view.write_scope
        self.rate = self.THROTTLE_RATES[self.scope]
        self.num_requests, self.duration = self.parse_rate(self.rate)
        return super(ScopedRateThrottle, self).allow_request(request, view)


def _digest(request, files):
    said = request.data
    if isinstance(said, QueryDict):
        said = {name: values for name, values in said.lists() if name not in request.FILES}
    marks = [(name, hashlib.sha256(content).hexdigest()) for name, content in files]
    text = json.dumps([request.method, request.path, said, marks], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def problem_response(code):
    """An error met before any view of the API, or that none foresaw, told as theirs are."""
    told = JSONRenderer().render(_told(code, _DETAILS.get(code)))
    return HttpResponse(told, status=code, content_type=PROBLEM)


def _told(code, detail):
    title = _TITLES.get(code, "Erreur")
    return {"type": "about:blank", "title": title, "status": code, "detail": detail or title}


def problem(error, context):
    """An error as RFC 9457 tells it."""
    if isinstance(error, RequestDataTooBig):
        error = TooLargeError()
    elif isinstance(error, SuspiciousOperation):
        error = exceptions.ParseError()
    response = exception_handler(error, context)
    if response is None:
        return None
    code = response.status_code
    if isinstance(error, exceptions.ValidationError):
        told = {**_told(code, "Un champ au moins est à corriger."), "errors": _field_errors(error.detail)}
    elif code in _DETAILS and type(error) not in _SPOKEN:
        told = _told(code, _DETAILS[code])
    else:
        told = _told(code, str(getattr(error, "detail", "")) or _DETAILS.get(code))
    response.data, response.content_type = told, PROBLEM
    return response


def _field_errors(detail, within=""):
    """Messages by field; those of a field that is inside of another by its path, such as `sujets.0.moyen`.

    What is wrong with values of a list is told of the list.
    """
    if isinstance(detail, list):
        if not any(isinstance(item, dict) for item in detail):
            return {within or "corps": [str(item) for item in detail]}
        detail = {number: item for number, item in enumerate(detail) if item}
    told = {}
    for name, items in detail.items():
        is_value = isinstance(name, int) and isinstance(items, list)
        place = within if is_value or name == "non_field_errors" else f"{within}.{name}".lstrip(".")
        for where, messages in _field_errors(items, place).items():
            told.setdefault(where, []).extend(messages)
    return told

"""The accounts in the published description: allauth's addresses are no views of the framework that writes it."""

from cned_portal.users.headless import OPERATIONS, PREFIX

_TEXT = {"type": "string"}
_SAID = {"type": "string", "minLength": 1}
_PASSWORD = {"type": "string", "minLength": 12, "description": "Ni courant, ni proche du nom ou de l’adresse."}
_MAIL = {"type": "string", "format": "email"}
_KEYS = {"type": "array", "items": {"type": "integer"}}
_CREDENTIAL = {
    "type": "object",
    "minProperties": 1,
    "description": "Ce que la plateforme donne pour une clé d’accès (WebAuthn).",
}
_BODIES = {
    ("auth/login", "post"): {"email": _MAIL, "password": _SAID},
    ("auth/sessions", "delete"): {"sessions": _KEYS},
    ("auth/signup", "post"): {"email": _MAIL, "password": _PASSWORD, "first_name": _SAID, "last_name": _SAID},
    ("auth/email/verify", "post"): {"key": _SAID},
    ("auth/password/request", "post"): {"email": _MAIL},
    ("auth/password/reset", "post"): {"key": _SAID, "password": _PASSWORD},
    ("auth/reauthenticate", "post"): {"password": _SAID},
    ("auth/2fa/authenticate", "post"): {"code": _SAID},
    ("auth/2fa/reauthenticate", "post"): {"code": _SAID},
    ("auth/webauthn/login", "post"): {"credential": _CREDENTIAL},
    ("auth/webauthn/authenticate", "post"): {"credential": _CREDENTIAL},
    ("auth/webauthn/reauthenticate", "post"): {"credential": _CREDENTIAL},
    ("account/email", "post"): {"email": _MAIL},
    ("account/email", "put"): {"email": _MAIL},
    ("account/email", "patch"): {"email": _MAIL, "primary": {"type": "boolean", "const": True}},
    ("account/email", "delete"): {"email": _MAIL},
    ("account/password/change", "post"): {"current_password": _SAID, "new_password": _PASSWORD},
    ("account/authenticators/totp", "post"): {"code": _SAID},
    ("account/authenticators/webauthn", "post"): {"name": _SAID, "credential": _CREDENTIAL},
    ("account/authenticators/webauthn", "put"): {"id": {"type": "integer"}, "name": _SAID},
    ("account/authenticators/webauthn", "delete"): {"authenticators": _KEYS},
}
_HEADERS = {
    ("auth/email/verify", "get"): "X-Email-Verification-Key",
    ("auth/password/reset", "get"): "X-Password-Reset-Key",
}
_ANSWERS = {
    200: "Fait",
    400: "Un champ est à corriger : `errors` le nomme",
    401: "Pas encore connecté : `data.flows` dit ce qui manque",
    403: "Refusé",
    404: "Introuvable",
    409: "Impossible dans l’état du compte ou de la session",
    410: "Le jeton ne vaut plus : oubliez-le et reconnectez-vous",
    413: "Contenu trop volumineux",
    429: "Trop d’essais : attendez ce que dit `Retry-After`",
}
_ANSWER_SCHEMA = {
    "type": "object",
    "description": "Toute réponse des comptes.",
    "properties": {
        "status": {"type": "integer"},
        "data": {"description": "Selon l’adresse : la personne et ses preuves, une liste, ce qui reste à faire."},
        "meta": {
            "type": "object",
            "properties": {
                "is_authenticated": {"type": ["boolean", "null"]},
                "session_token": {"type": "string", "description": "Le jeton, à envoyer dans `X-Session-Token`."},
            },
        },
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"code": _TEXT, "message": _TEXT, "param": _TEXT},
                "required": ["code", "message"],
            },
        },
    },
    "required": ["status"],
}


def add_accounts(result, generator, request, public):
    """Hook of drf-spectacular: the addresses of the accounts that are open to applications."""
    result["components"]["schemas"]["AccountAnswer"] = _ANSWER_SCHEMA
    for name, methods in OPERATIONS.items():
        result["paths"][f"/{PREFIX}{name}"] = {
            method: _operation(name, method, summary) for method, summary in methods.items()
        }
    return result


def _operation(name, method, summary):
    told = {"application/json": {"schema": {"$ref": "#/components/schemas/AccountAnswer"}}}
    operation = {
        "operationId": "compte_" + "_".join([*name.replace("-", "_").split("/"), method]),
        "summary": summary,
        "tags": ["compte"],
        "security": [{"jetonPersonne": []}, {}],
        "responses": {str(code): {"description": text, "content": told} for code, text in _ANSWERS.items()},
    }
    if fields := _BODIES.get((name, method)):
        schema = {"type": "object", "properties": fields, "required": list(fields)}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if header := _HEADERS.get((name, method)):
        operation["parameters"] = [{"in": "header", "name": header, "required": True, "schema": _SAID}]
    return operation

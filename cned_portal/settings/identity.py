"""Identity providers (OpenID Connect) declared by the environment: FranceConnect, ÉduConnect or ProConnect style."""

from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

AUDIENCES = {"public", "agents"}


def openid_providers(env):
    """Providers named by `OIDC_PROVIDERS`, as allauth's `APPS`.

    For each identifier, such as `proconnect`, the environment gives `OIDC_PROCONNECT_SERVER_URL`, `…_CLIENT_ID`,
    `…_CLIENT_SECRET`, and may give `…_NAME` (on the button), `…_AUDIENCE` (`public` or `agents`), `…_SCOPES`,
    `…_ORIGINS` (other hosts it sends the person through), `…_ACR_VALUES` (asked for), `…_STRONG_ACR` (those that stand
    for a second factor) and `…_TRUST_EMAIL` (whether its verified addresses open the account of the same address: only
    for a provider that proves them).
    """
    apps = []
    for identifier in env.list("OIDC_PROVIDERS", default=[]):
        prefix = _prefix(identifier)
        audience = env.str(f"{prefix}AUDIENCE", default="public")
        if audience not in AUDIENCES:
            raise ImproperlyConfigured(f"{prefix}AUDIENCE vaut « public » ou « agents », pas « {audience} ».")
        acr_values = env.str(f"{prefix}ACR_VALUES", default="")
        apps.append(
            {
                "provider_id": identifier,
                "name": env.str(f"{prefix}NAME", default=identifier),
                "client_id": env.str(f"{prefix}CLIENT_ID"),
                "secret": env.str(f"{prefix}CLIENT_SECRET"),
                "settings": {
                    "server_url": env.str(f"{prefix}SERVER_URL"),
                    "audience": audience,
                    "strong_acr": env.list(f"{prefix}STRONG_ACR", default=[]),
                    "email_authentication": env.bool(f"{prefix}TRUST_EMAIL", default=False),
                    "scope": env.list(f"{prefix}SCOPES", default=["openid", "given_name", "family_name", "email"]),
                    "auth_params": {"acr_values": acr_values} if acr_values else {},
                    "oauth_pkce_enabled": True,
                },
            }
        )
    if len({app["client_id"] for app in apps}) < len(apps):
        raise ImproperlyConfigured("Deux fournisseurs d’identité ont le même CLIENT_ID : chacun a le sien.")
    return apps


def form_origins(env):
    """Origins to which a person who signs in may be sent on, for the content policy.

    Each provider's own, and those that `OIDC_<IDENTIFIER>_ORIGINS` adds: browsers check every redirection, and a
    provider may hand over to another host before it shows a page.
    """
    origins = []
    for identifier in env.list("OIDC_PROVIDERS", default=[]):
        prefix = _prefix(identifier)
        addresses = [env.str(f"{prefix}SERVER_URL"), *env.list(f"{prefix}ORIGINS", default=[])]
        for address in addresses:
            parts = urlsplit(address)
            if not parts.scheme or not parts.netloc:
                raise ImproperlyConfigured(f"« {address} » n’est pas l’adresse d’un fournisseur d’identité.")
            origins.append(f"{parts.scheme}://{parts.netloc}")
    return list(dict.fromkeys(origins))


def _prefix(identifier):
    return f"OIDC_{identifier.upper().replace('-', '_')}_"

"""Production: everything from the environment, and no start without what makes it safe."""

from django.core.exceptions import ImproperlyConfigured

from cned_portal.settings.base import *  # noqa: F403
from cned_portal.settings.base import (
    ALLOWED_HOSTS,
    DEFAULT_FROM_EMAIL,
    DEMO_ALLOWED,
    OUTBOX_DELIVERY_BACKEND,
    PAYMENT_SANDBOX,
    SECRET_KEY,
    SITE_URL,
    STAFF_MFA_REQUIRED,
    env,
)

SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True

_UNSAFE = {
    "SECRET_KEY doit avoir au moins cinquante caractères tirés au hasard": len(SECRET_KEY) < 50
    or len(set(SECRET_KEY)) < 5
    or "demonstration" in SECRET_KEY,
    "ALLOWED_HOSTS doit nommer les noms du site, sans étoile": not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS,
    "SITE_URL doit commencer par https://": not SITE_URL.startswith("https://"),
    "DATABASE_URL manque": not env.str("DATABASE_URL", default=""),
    "REDIS_URL manque": not env.str("REDIS_URL", default=""),
    "STAFF_MFA_REQUIRED doit être vrai": not STAFF_MFA_REQUIRED,
    "la démonstration n’a pas sa place en production": DEMO_ALLOWED,
    "PAYMENT_SANDBOX fait croire à des paiements": PAYMENT_SANDBOX,
    "DEFAULT_FROM_EMAIL doit être une adresse qui existe": ".example" in DEFAULT_FROM_EMAIL,
    "OUTBOX_DELIVERY_BACKEND n’envoie rien": OUTBOX_DELIVERY_BACKEND.rpartition(".")[0].endswith(
        ("dummy", "console", "locmem", "filebased")
    ),
}
if wrong := [sentence for sentence, is_wrong in _UNSAFE.items() if is_wrong]:
    raise ImproperlyConfigured(f"Démarrage refusé : {' ; '.join(wrong)}.")

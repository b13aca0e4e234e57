"""Settings common to every way of running the portal; everything that varies comes from the environment.

`production` refuses what is unsafe, `embedded` is `make run`, `test` is the suite. `.env.example` lists every variable.
"""

from pathlib import Path

import environ
import pghistory
from celery.schedules import crontab
from csp.constants import NONE, SELF
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from cned_portal.settings.files import media_storage
from cned_portal.settings.identity import form_origins, openid_providers

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY", default="")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])  # former keys, while what they signed is in use
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = env.str("SITE_URL", default="http://localhost:8000")
ROOT_URLCONF = "cned_portal.urls"
WSGI_APPLICATION = "cned_portal.wsgi.application"

INSTALLED_APPS = [
    "cned_portal.common.apps.CommonConfig",
    "cned_portal.common.apps.BackofficeConfig",
    "cned_portal.common.outbox",
    "cned_portal.users",
    "catalogue",
    "learners",
    "exams",
    "crc",
    "quality",
    "cned_portal.home",
    "cned_portal.demo",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.sitemaps",
    "django.contrib.humanize",
    "django.forms",
    "django_prometheus",
    "dsfr",
    "widget_tweaks",
    "django_htmx",
    "csp",
    "pgtrigger",
    "pghistory",
    "django_celery_beat",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "anymail",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "allauth.headless",
]

MIDDLEWARE = [
    "cned_portal.common.health.HealthMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "cned_portal.common.request_id.RequestIdMiddleware",
    "cned_portal.common.logs.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "cned_portal.common.slashes.SlashMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "cned_portal.common.history.HistoryMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "cned_portal.users.mfa.StaffMfaMiddleware",
    "cned_portal.users.headless.HeadlessMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cned_portal.common.context_processors.site",
            ],
        },
    }
]
FORM_RENDERER = "cned_portal.common.forms.SharedDsfrRenderer"

# Data ---------------------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default="postgres:///cned_portal")}
# What this process is: `web` (set by wsgi.py), `worker` (set by the commands that start Celery) or `command`.
# A page must not hold a connection for longer than a person waits; a report may; a migration takes what it needs.
PORTAL_PROCESS = env.str("PORTAL_PROCESS", default="command")
STATEMENT_TIMEOUT_MS = {"web": 10_000, "worker": 300_000}.get(PORTAL_PROCESS, 0)
LOCK_TIMEOUT_MS = {"web": 5_000, "worker": 30_000}.get(PORTAL_PROCESS, 0)
IDLE_TIMEOUT_MS = {"web": 60_000, "worker": 600_000}.get(PORTAL_PROCESS, 0)
DATABASES["default"].setdefault("OPTIONS", {}).update(
    {
        "connect_timeout": 5,
        "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS} "
        f"-c idle_in_transaction_session_timeout={IDLE_TIMEOUT_MS} "
        # Each row of a tracked table asks which triggers to ignore; unset, the answer is an exception that is caught.
        "-c pgtrigger.ignore={}",
    }
)
if PORTAL_PROCESS == "web":  # Celery would close a pool after each task
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": env.int("DATABASE_POOL_SIZE", default=8),
        "timeout": 5,
    }
    # Only cursors of `common/kept_sql.py` prepare; a pgbouncer before 1.21 in transaction mode loses what they prepare
    DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 0 if env.bool("DATABASE_PREPARE", default=True) else None
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", default="redis://localhost:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cned",
        # One quick retry: by default the client would wait for seconds on a server that is down
        "OPTIONS": {
            "socket_connect_timeout": 2,
            "socket_timeout": 5,
            "retry": Retry(ExponentialBackoff(cap=0.1, base=0.05), 1),
        },
    },
    # Of each process, in front of the other for what is asked for most and never changes under its key.
    "local": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "TIMEOUT": 60,
        "OPTIONS": {"MAX_ENTRIES": 300},
    },
}
SESSION_ENGINE = "django.contrib.sessions.backends.cache"
PGHISTORY_CONTEXT_FIELD = pghistory.ContextJSONField()
PGHISTORY_APPEND_ONLY = True

# Files --------------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=BASE_DIR / "staticfiles")
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = env.path("MEDIA_ROOT", default=BASE_DIR / "media")
STORAGES = {
    "default": media_storage(env),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
DSFR_USE_INTEGRITY_CHECKSUMS = False  # the manifest storage rewrites addresses inside the CSS, so digests differ
DSFR_MARK_OPTIONAL_FIELDS = False

# People -------------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["cned_portal.users.backends.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/mon-espace/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "cned_portal.users.forms.SignupForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_ADAPTER = "cned_portal.users.adapter.AccountAdapter"
ACCOUNT_SESSION_REMEMBER = False
# Counted in Redis. A whole class may sign in at once behind one address; five errors close an account for five minutes,
# whether it exists or not.
ACCOUNT_RATE_LIMITS = {
    "login": "120/m/ip",
    "login_failed": "30/m/ip,5/5m/key",
    "signup": "60/m/ip",
    "reset_password": "20/m/ip,5/h/key",
}
SOCIALACCOUNT_ADAPTER = "cned_portal.users.oidc.IdentityAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 5
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": openid_providers(env)}}
MFA_ADAPTER = "cned_portal.users.mfa.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Portail Cned"
# For applications: sign-in by the API, a token that is a session (see cned_portal/users/headless.py)
HEADLESS_CLIENTS = ("app",)
HEADLESS_ADAPTER = "cned_portal.users.headless.HeadlessAdapter"
HEADLESS_TOKEN_STRATEGY = "cned_portal.users.headless.TokenStrategy"  # noqa: S105
STAFF_MFA_REQUIRED = env.bool("STAFF_MFA_REQUIRED", default=True)
DEMO_ALLOWED = False  # whether `load_demo` may make accounts whose password everyone knows

# Language and time --------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français")]
TIME_ZONE = "Europe/Paris"
USE_TZ = True

# Who provides the trainings, in what is published to others ----------------------------------------------------------
TRAINING_PROVIDER = {
    "name": env.str("PROVIDER_NAME", default="Portail Cned (démonstration)"),
    "activity_number": env.str("PROVIDER_ACTIVITY_NUMBER", default="00000000000"),
    "siret": env.str("PROVIDER_SIRET", default="00000000000000"),
    "street": env.str("PROVIDER_STREET", default="1 rue de l’Exemple"),
    "postcode": env.str("PROVIDER_POSTCODE", default="86000"),
    "city": env.str("PROVIDER_CITY", default="Poitiers"),
    "email": env.str("PROVIDER_EMAIL", default="contact@cned.example"),
}

# Security -----------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # the design system draws its icons as SVG inside its CSS
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF, *form_origins(env)],  # the button of a provider is a form that it answers
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "cned_portal.home.errors.csrf_failure"

# Proxies of ours in front of the web processes: limits by address count the person's, not theirs
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
# Public forms: least time between the display of a form and its sending, below which a robot is suspected
REQUEST_FORM_MIN_SECONDS = env.int("REQUEST_FORM_MIN_SECONDS", default=2)

# Mail ---------------------------------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Portail Cned (démonstration) <reponse@cned.example>")
EMAIL_BACKEND = "cned_portal.common.outbox.backend.OutboxBackend"  # whatever Django or a library sends is a row first
OUTBOX_DELIVERY_BACKEND = env.str("OUTBOX_DELIVERY_BACKEND", default="django.core.mail.backends.smtp.EmailBackend")
OUTBOX_SHOW_SECRETS = False  # whether the back-office shows the bodies of mails that hold links to accounts
OUTBOX_SECRET_DAYS = env.int("OUTBOX_SECRET_DAYS", default=3)
EMAIL_HOST = env.str("EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
MAILBOX_PASSWORDS = env.json("MAILBOX_PASSWORDS", default={})  # by code of mailbox
MAILBOX_TLS = env.bool("MAILBOX_TLS", default=True)
INBOUND_WEBHOOK_SECRET = env.str("INBOUND_WEBHOOK_SECRET", default="")  # empty: nobody may bring mails in
INBOUND_PROVIDERS = env.list("INBOUND_PROVIDERS", default=[])  # those that may bring mails in their own format
ANYMAIL = env.json("ANYMAIL", default={})  # of providers: WEBHOOK_SECRET ("user:password"), keys
HOMEWORK_MAX_BYTES = env.int("HOMEWORK_MAX_MB", default=20) * 1024 * 1024  # of each file of a copy
CLAMD_ADDRESS = env.str("CLAMD_ADDRESS", default="")  # host:port, or a socket; empty: files are not scanned
BANK_IBAN = env.str("BANK_IBAN", default="")  # account to which learners make their transfers
PAYMENT_SANDBOX = env.bool("PAYMENT_SANDBOX", default=False)  # pretended card payments, for trials
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)  # seconds; without it a silent server holds a dispatcher

# Notifications on people's devices: an EC P-256 private key in URL-safe base 64; empty, nobody is offered them
VAPID_PRIVATE_KEY = env.str("VAPID_PRIVATE_KEY", default="")
VAPID_CONTACT = env.str("VAPID_CONTACT", default="contact@cned.example")  # whom push services write to

# Background work ----------------------------------------------------------------------------------------------------
# A Unix socket has two spellings: redis-py's, and kombu's
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "cned_portal.common.outbox.tasks.*": {"queue": "mail"},
    "*.tasks.build_*": {"queue": "pdf"},
}
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_TIME_LIMIT = 15 * 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_QUEUES_IN_USE = ("default", "mail", "pdf")
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 600_000  # kilobytes: a long report leaves WeasyPrint with hundreds of megabytes
CELERY_BEAT_SCHEDULE = {
    "heartbeat": {"task": "cned_portal.common.tasks.beat", "schedule": 30.0},
    "dispatch-mail": {"task": "cned_portal.common.outbox.tasks.dispatch_due_mail", "schedule": 10.0},
    "reconcile-outbox": {"task": "cned_portal.common.outbox.tasks.reconcile_outbox", "schedule": crontab(minute=7)},
    "purge-mail-secrets": {
        "task": "cned_portal.common.outbox.tasks.purge_mail_secrets",
        "schedule": crontab(hour=3, minute=12),
    },
    "escalate-tickets": {"task": "crc.tasks.escalate_tickets", "schedule": crontab(minute="*/10")},
    "invite-to-ticket-surveys": {"task": "quality.tasks.invite_after_closed_tickets", "schedule": 60.0},
    "send-push-messages": {"task": "learners.tasks.send_push_messages", "schedule": 15.0},
    "forget-push-messages": {"task": "learners.tasks.forget_push_messages", "schedule": crontab(hour=3, minute=35)},
    "refresh-signals": {"task": "learners.tasks.refresh_signals", "schedule": crontab(hour=5, minute=15)},
    "scan-homework": {"task": "learners.tasks.scan_homework", "schedule": 60.0},
    "free-stuck-documents": {"task": "learners.tasks.free_stuck_documents", "schedule": crontab(minute="*/5")},
    "recover-data-exports": {"task": "learners.tasks.recover_data_exports", "schedule": crontab(minute="*/10")},
    "settle-closures": {"task": "learners.tasks.settle_closures", "schedule": crontab(minute=17)},
    "end-guardianships": {
        "task": "learners.tasks.end_guardianships_at_majority",
        "schedule": crontab(hour="0-5", minute=9),
    },
    "find-duplicates": {"task": "learners.tasks.find_duplicates", "schedule": crontab(hour=2, minute=40)},
    "apply-learner-retention": {
        "task": "learners.tasks.apply_learner_retention",
        "schedule": crontab(hour="1-4", minute="*/20"),
    },
    "look-after-organisations": {"task": "learners.tasks.look_after_organisations", "schedule": crontab(minute="*/10")},
    "fetch-mailboxes": {"task": "crc.tasks.fetch_mailboxes", "schedule": 60.0},
    "ingest-mails": {"task": "crc.tasks.ingest_mails", "schedule": 30.0},
    "scan-attachments": {"task": "crc.tasks.scan_attachments", "schedule": 60.0},
    "scan-pieces": {"task": "learners.tasks.scan_pieces", "schedule": 60.0},
    "purge-enrolment-drafts": {"task": "learners.tasks.purge_drafts", "schedule": crontab(hour=3, minute=40)},
    # Several visits in a night: each stops after a few minutes, the next one goes on.
    "apply-retention": {"task": "crc.tasks.apply_retention", "schedule": crontab(hour="1-4", minute="*/20")},
    "recover-person-exports": {"task": "crc.tasks.recover_person_exports", "schedule": crontab(minute="*/10")},
    "tell-partners": {"task": "crc.tasks.tell_partners", "schedule": 15.0},
    "forget-old-calls": {"task": "cned_portal.users.tasks.forget_old_calls", "schedule": crontab(hour=3, minute=20)},
    "forget-partner-traces": {"task": "crc.tasks.forget_partner_traces", "schedule": crontab(hour=3, minute=25)},
    "recover-catalogue-imports": {"task": "catalogue.tasks.recover_imports", "schedule": crontab(minute="*/10")},
    "recover-brochures": {"task": "catalogue.tasks.recover_brochures", "schedule": crontab(minute="*/5")},
    "remind-bac-candidates": {"task": "exams.tasks.remind_candidates", "schedule": crontab(hour=7, minute=25)},
    "free-stuck-runs": {"task": "quality.tasks.free_stuck_reports", "schedule": crontab(minute="*/10")},
}

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "cned_portal.users.api.deprecation.PortalSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_THROTTLE_RATES": {
        "catalogue": "600/min",
        "demandes": "120/min",
        "demandes-envoi": "60/hour",
        "espace": "240/min",
        "espace-envoi": "120/hour",
        "verifications": "60/hour",
    },
    "NUM_PROXIES": TRUSTED_PROXIES,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "API du portail Cned",
    "DESCRIPTION": "Le catalogue, tout l’espace d’une personne, les demandes qu’un partenaire apporte.",
    "VERSION": "1.2.0",
    "OAS_VERSION": "3.1.1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "cned_portal.users.api.schema.add_accounts",
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "LevelEnum": "catalogue.enums.Level",
        "TrainingKindEnum": "catalogue.enums.TrainingKind",
        "IndicatorKindEnum": "catalogue.enums.IndicatorKind",
        "PublicEnum": "crc.enums.Public",
        "TicketKindEnum": "crc.enums.Kind",
        "TicketStateEnum": "crc.enums.State",
        "AttachmentStateEnum": "crc.enums.AttachmentState",
        "LearnerPublicEnum": "learners.enums.LearnerPublic",
        "EnrolmentStateEnum": "learners.enums.EnrolmentState",
        "DocumentKindEnum": "learners.enums.DocumentKind",
        "RunStateEnum": "cned_portal.common.progress.RunState",
        "WaitingOnEnum": "learners.enums.WaitingOn",
        "QuestionKindEnum": "quality.enums.QuestionKind",
        "HomeworkStageEnum": "learners.enums.HomeworkStage",
        "CopyStateEnum": "learners.enums.CopyState",
        "ScanStateEnum": "learners.enums.ScanState",
        "ContactKindEnum": "learners.enums.ContactKind",
        "ContactOutcomeEnum": "learners.enums.ContactOutcome",
        "DraftStepStateEnum": "learners.api.drafts_serializers.STATES",
        "RelationshipEnum": "learners.enums.Relationship",
        "PieceStateEnum": "learners.enums.PieceState",
        "PaymentStateEnum": "learners.enums.PaymentState",
        "MeansEnum": "learners.enums.Means",
        "FundingKindEnum": "learners.enums.FundingKind",
        "FundingStateEnum": "learners.enums.FundingState",
        "OrganisationKindEnum": "learners.enums.OrganisationKind",
        "OrganisationFileKindEnum": "learners.enums.OrganisationFileKind",
        "MemberRoleEnum": "learners.enums.MemberRole",
        "QuoteStateEnum": "learners.enums.QuoteState",
        "AcceptanceEnum": "learners.enums.Acceptance",
        "GroupStepEnum": "learners.enums.GroupStep",
        "GroupModeEnum": "learners.enums.GroupMode",
        "GroupOutcomeEnum": "learners.enums.GroupOutcome",
        "ContactSideEnum": "learners.enums.ContactSide",
        "RightKindEnum": "learners.enums.RightKind",
        "RightStateEnum": "learners.enums.RightState",
        "NotificationChannelEnum": "learners.enums.NotificationChannel",
    },
}

# Operation ----------------------------------------------------------------------------------------------------------
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # `/metrics` does not exist without it
PROMETHEUS_MULTIPROC_DIR = env.str("PROMETHEUS_MULTIPROC_DIR", default="")  # read by prometheus_client too
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"context": {"()": "cned_portal.common.logs.ContextFilter"}},
    "formatters": {
        "json": {
            "()": "cned_portal.common.logs.SafeJsonFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s",
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
            "json_ensure_ascii": False,
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["context"]}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "propagate": True, "level": LOG_LEVEL},
        "django.server": {"handlers": [], "propagate": True, "level": "WARNING"},
        "fontTools": {"level": "ERROR"},
        "weasyprint": {"level": "ERROR"},
        "celery.app.trace": {"level": "WARNING"},  # one line for each task is ours
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
    },
}

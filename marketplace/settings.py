"""Every setting, read once from the environment. Start-up refuses what is missing or unsafe."""

import logging
from pathlib import Path

import django_stubs_ext
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env

from marketplace.core.logs import structured_logging

django_stubs_ext.monkeypatch()  # `admin.ModelAdmin[Project]` at run time

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()

# --- what the environment must say -------------------------------------------------------------
DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost"])
SITE_URL = env.str("SITE_URL", "http://127.0.0.1:8000")
LOCAL_DIR = Path(env.str("LOCAL_DIR", str(BASE_DIR / ".local")))
SECURE_SITE = SITE_URL.startswith("https://")
# Demo, drills and tests move the clock; a production database connection never sees the offset.
CLOCK_MOVABLE = env.bool("CLOCK_MOVABLE", False)
if CLOCK_MOVABLE and SECURE_SITE:
    raise ImproperlyConfigured(
        "CLOCK_MOVABLE is for demos and tests: unset it where SITE_URL is https."
    )

# --- database, cache, broker -------------------------------------------------------------------
DATABASES = {"default": env.dj_db_url("DATABASE_URL", conn_max_age=60, conn_health_checks=True)}
DATABASES["default"].setdefault("OPTIONS", {})["options"] = " ".join(
    [
        "-c timezone=UTC",
        f"-c statement_timeout={env.int('STATEMENT_TIMEOUT_MS', 15_000)}",
        f"-c lock_timeout={env.int('LOCK_TIMEOUT_MS', 5_000)}",
        "-c idle_in_transaction_session_timeout=15000",
        "-c jit=off",  # our statements are short: compiling them costs more than running them
        f"-c marketplace.clock_movable={'on' if CLOCK_MOVABLE else 'off'}",
    ]
)
REDIS_URL = env.str("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        # a half-open cache must not hold requests
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Celery (asserted by tests/core/test_celery_options.py) ------------------------------------
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", REDIS_URL)
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_SOFT_TIME_LIMIT = 45
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_DEFAULT_QUEUE = "fast"
CELERY_TASK_QUEUES: dict[str, dict[str, object]] = {
    "fast": {},  # under a second: people wait for it
    "slow": {},  # seconds: mail, Stripe, sweeps
    "bulk": {},  # up to the time limit: plans and rebuilds, by a worker of their own
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_ENABLE_UTC = True
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 180,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "health_check_interval": 25,
    "global_keyprefix": env.str("CELERY_KEY_PREFIX", "marketplace:"),
}
CELERY_BEAT_SCHEDULE: dict[str, object] = {}
CELERY_BEAT_SCHEDULE_FILENAME = str(LOCAL_DIR / "beat-schedule")
CELERY_BEAT_MAX_LOOP_INTERVAL = 1

# --- apps ---------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "marketplace.desk.apps.DeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_htmx",
    "django_structlog",
    "pgtrigger",
    "pghistory",
    "marketplace.core",
    "accounts",
    "payments",
    "tasks",
    "marketplace.desk.apps.DeskConfig",
    "marketplace.ops",
]
MIDDLEWARE = [
    "marketplace.core.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "marketplace.core.middleware.SafeTextMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "marketplace.core.middleware.RequestLogMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.web.middleware.ForcedMfaMiddleware",
    "accounts.web.middleware.TimeZoneMiddleware",
    "marketplace.core.middleware.RefusalMiddleware",
]
ROOT_URLCONF = "marketplace.urls"
WSGI_APPLICATION = "marketplace.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "marketplace" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "accounts.web.context.navigation",
            ]
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- people -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.web.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.web.forms.SignUpForm"
ACCOUNT_FORMS = {"signup": "accounts.web.signing.MeetingSignUpForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE_SITE
MFA_TOTP_ISSUER = "Expert Marketplace"
SESSION_ENGINE = "accounts.web.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_SAVE_EVERY_REQUEST = False

# --- the web ------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SITE
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_SITE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_SITE
SECURE_REDIRECT_EXEMPT = [r"^api/"]
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
)
CSRF_TRUSTED_ORIGINS = [SITE_URL]
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_MAX_BYTES = env.int("FILE_MAX_BYTES", 10_000_000)  # one private upload
FILE_LINK_SECONDS = env.int("FILE_LINK_SECONDS", 300)  # how long a link to it works
STATIC_URL = "/static/"
STATIC_ROOT = LOCAL_DIR / "static"
# A development run serves the sources as they are; elsewhere `collectstatic` has run before.
WHITENOISE_USE_FINDERS = SERVE_SOURCES = env.bool("SERVE_SOURCES", False)
STATICFILES_DIRS = [BASE_DIR / "marketplace" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if SERVE_SOURCES
        else "marketplace.core.static.StaticFiles"
    },
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(LOCAL_DIR / "files"), "base_url": None},
    },
}
LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- mail ---------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", "Expert Marketplace <no-reply@example.com>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
if env.str("EMAIL_URL", ""):
    vars().update(env.dj_email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(LOCAL_DIR / "mail")

# --- Stripe -------------------------------------------------------------------------------------
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", "https://api.stripe.com")
STRIPE_WEBHOOK_SECRETS: list[str] = env.list("STRIPE_WEBHOOK_SECRETS", [])
STRIPE_THIN_WEBHOOK_SECRETS: list[str] = env.list("STRIPE_THIN_WEBHOOK_SECRETS", [])
STRIPE_TRANSFERS_PER_SECOND = env.float("STRIPE_TRANSFERS_PER_SECOND", 10.0)  # over all workers
STRIPE_HOSTED = (
    "https://*.stripe.com" if STRIPE_API_BASE == "https://api.stripe.com" else STRIPE_API_BASE
)
STRIPE_LIVE = "_live_" in STRIPE_SECRET_KEY
if STRIPE_LIVE and STRIPE_API_BASE != "https://api.stripe.com":
    raise ImproperlyConfigured(
        "A live Stripe key goes to https://api.stripe.com only: unset STRIPE_API_BASE."
    )
if STRIPE_LIVE and CLOCK_MOVABLE:
    raise ImproperlyConfigured(
        "A live Stripe key and a movable clock do not go together: unset CLOCK_MOVABLE."
    )

# --- money rules --------------------------------------------------------------------------------
# How long an accepted submission's money waits: of new annotators, and of trusted ones.
HOLD_DAYS_NEW = env.int("HOLD_DAYS_NEW", 7)
HOLD_DAYS_TRUSTED = env.int("HOLD_DAYS_TRUSTED", 1)
APPEAL_DAYS = env.int("APPEAL_DAYS", 14)  # a rejection moves money only after this
# A client is told when a project's funds cover less than so many more tasks, or a tenth of them.
LOW_FUNDS_TASKS = env.int("LOW_FUNDS_TASKS", 20)
# Payouts are planned on one day of the week (0 is Monday, 7 any day; UTC), each so many days
# after their last; or on request. Minimum 0: the currency's own (payments/currencies.py).
PAYOUT_WEEKDAY = env.int("PAYOUT_WEEKDAY", 4)
PAYOUT_EVERY_DAYS = env.int("PAYOUT_EVERY_DAYS", 7)
PAYOUT_MINIMUM_MINOR = env.int("PAYOUT_MINIMUM_MINOR", 0)
PAYOUT_CHANGE_HOLD_HOURS = env.int("PAYOUT_CHANGE_HOLD_HOURS", 72)  # after new bank details
# Above this amount (in the minor units of its currency) a refund needs a second person.
REFUND_APPROVAL_MINOR = env.int("REFUND_APPROVAL_MINOR", 1_000_000)
# Goodwill that one member of staff may give an annotator in 30 days, in US cents; more needs two.
GOODWILL_ALONE_MINOR = env.int("GOODWILL_ALONE_MINOR", 5000)
STRIPE_EU_BANK_COUNTRY = env.str("STRIPE_EU_BANK_COUNTRY", "DE")  # whose IBAN an invoice shows
# A payout run up to this much (minor units) is let go by one member of staff, or by itself where
# runs are automatic; above it two must. In a currency that is not named always two.
PAYOUT_RUN_ALONE_MINOR = {
    "usd": 5_000_000, "eur": 5_000_000, "gbp": 4_000_000, "cad": 7_000_000, "chf": 5_000_000,
    "jpy": 800_000_000,
}  # fmt: skip
PAYOUT_RUN_AUTOMATIC = env.bool("PAYOUT_RUN_AUTOMATIC", True)
# Earned money taken back: up to this much one member of staff decides alone, above it two (in a
# currency that is not named, always two); and how much of a payout may go against a debt, percent.
CLAWBACK_ALONE_MINOR = {
    "usd": 5_000, "eur": 5_000, "gbp": 4_000, "cad": 7_000, "chf": 5_000, "jpy": 8_000,
}  # fmt: skip
CONTEST_DAYS = env.int("CONTEST_DAYS", 14)  # how long an annotator can contest that
DEBT_SHARE_PERCENT = env.int("DEBT_SHARE_PERCENT", 50)
# An annotator's limits: claims open at once, claims a day, expected minutes claimed a day (UTC).
OPEN_CLAIMS_MAX = env.int("OPEN_CLAIMS_MAX", 3)
DAILY_CLAIMS_MAX = env.int("DAILY_CLAIMS_MAX", 500)
DAILY_MINUTES_MAX = env.int("DAILY_MINUTES_MAX", 12 * 60)
# How the platform signs statements and self-billed notes: name, lines of the address, VAT id.
PLATFORM_NAME = env.str("PLATFORM_NAME", "Expert Marketplace")
PLATFORM_ADDRESS: list[str] = env.list("PLATFORM_ADDRESS", [])
PLATFORM_VAT_ID = env.str("PLATFORM_VAT_ID", "")
# The module that knows what stands behind the ledger's pots and holders (payments.selectors.work).
WORK_BEHIND_MONEY = "tasks.selectors.behind_money"
PLATFORM_FEE_BPS = env.int("PLATFORM_FEE_BPS", 2000)  # on top of each price; kept by each project

# --- outbound calls: hosts that the egress guard lets through ------------------------------------
EGRESS_ALLOWED_BASES = [STRIPE_API_BASE]

# --- API ----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["marketplace.core.api.permissions.Scoped"],
    "DEFAULT_PARSER_CLASSES": ["marketplace.core.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["marketplace.core.api.throttling.ActorThrottle"],
    "DEFAULT_THROTTLE_RATES": {"actor": env.str("API_RATE", "3000/min")},
    "EXCEPTION_HANDLER": "marketplace.core.api.problems.handle",
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
API_BODY_MAX_BYTES = env.int("API_BODY_MAX_BYTES", 5 * 1024 * 1024)
API_STREAM_MAX_BYTES = env.int("API_STREAM_MAX_BYTES", 100 * 1024 * 1024)  # an NDJSON body
API_LINE_MAX_BYTES = env.int("API_LINE_MAX_BYTES", 1024 * 1024)  # one line of it
SPECTACULAR_SETTINGS = {
    # Two things are called a method: how a lot is judged, and how answers become one.
    "ENUM_NAME_OVERRIDES": {
        "ProjectOutStateEnum": "tasks.states.ProjectState",
        "LotMethod": "tasks.states.LotMethod",
        "TruthMethod": "tasks.states.TruthMethod",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "marketplace.core.api.schema.add_problems",
        "marketplace.core.api.schema.add_pages",
    ],
    "TITLE": "Expert Marketplace API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
}

# --- content security policy: nothing from outside, no inline script or style --------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF, STRIPE_HOSTED],  # a form may lead on to Stripe's own pages
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}

# --- logs: one JSON line an event, with the request's id -----------------------------------------
LOGGING = structured_logging(env.str("LOG_LEVEL", "INFO"))
# Jobs bind the id of the request that promised them (core.outbox); a line a sweep says nothing.
DJANGO_STRUCTLOG_CELERY_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG  # that it ended says that it began
DJANGO_STRUCTLOG_TRUST_UPSTREAM_CORRELATION_ID = False
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True  # RequestIdMiddleware has looked at it

SUBSCRIPTIONS = "marketplace.subscriptions.SUBSCRIPTIONS"

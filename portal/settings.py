"""The one settings module. Everything that differs between installations comes from the environment.

Any NAME may also be given as NAME_FILE, the path of a file that holds the value (container secrets).
A wrong or missing value stops the boot with one sentence that says what to set.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from email.utils import parseaddr
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import environ

from portal import embedded

BASE_DIR = Path(__file__).resolve().parent.parent


def stop(sentence: str) -> NoReturn:
    """End the process with one sentence; a half-configured portal must not answer anybody."""
    raise SystemExit(f"The portal cannot start: {sentence}")


env = environ.FileAwareEnv()


def text(name: str, default: str = "") -> str:
    """A value from the environment, or from the file that NAME_FILE names, without the white space around it."""
    try:
        return env.str(name, default=default).strip()
    except (OSError, UnicodeDecodeError) as error:
        stop(f"{name}_FILE names a file that cannot be read ({error.__class__.__name__}).")


def switch(name: str, default: bool) -> bool:
    """A yes or no from the environment."""
    raw = text(name, "yes" if default else "no").lower()
    if raw not in {"1", "true", "yes", "on", "0", "false", "no", "off", ""}:
        stop(f"{name} must be yes or no, but it is {raw!r}.")
    return raw in {"1", "true", "yes", "on"}


def number(name: str, default: int, *, least: int, most: int) -> int:
    """A whole number from the environment, within bounds."""
    raw = text(name, str(default))
    if not raw.isdecimal() or not least <= int(raw) <= most:
        stop(f"{name} must be a whole number from {least} to {most}, but it is {raw!r}.")
    return int(raw)


# --- which kind of installation -------------------------------------------------------------------------

PORTAL_MODE = text("PORTAL_MODE", "production")
if PORTAL_MODE not in {"production", "development", "test"}:
    stop(f"PORTAL_MODE must be production, development or test, but it is {PORTAL_MODE!r}.")
PRODUCTION = PORTAL_MODE == "production"
DEVELOPMENT = PORTAL_MODE == "development"
TEST = PORTAL_MODE == "test"

RUN_DIR = Path(text("RUN_DIR", str(BASE_DIR / ".run")))
STORAGE_DIR = Path(text("STORAGE_DIR", "" if PRODUCTION else str(RUN_DIR / "storage")) or ".")
if PRODUCTION and not text("STORAGE_DIR", ""):
    stop("set STORAGE_DIR to the folder where packages and recordings are kept.")

DEBUG = switch("DEBUG", False)
if DEBUG and PRODUCTION:
    stop("DEBUG must not be on in production, because its error pages show personal data. Unset DEBUG.")


def secret(name: str, purpose: str) -> str:
    """A long random secret. Development and test make a stable one of their own; production must be given it."""
    value = text(name, "")
    if PRODUCTION:
        if len(value) < 40 or value.startswith("insecure"):
            stop(f"set {name} (or {name}_FILE) to at least 40 random characters; it {purpose}.")
        return value
    return value or f"insecure-{name.lower()}-" + hashlib.sha256(f"{BASE_DIR}:{name}".encode()).hexdigest()


SECRET_KEY = secret("SECRET_KEY", "signs sessions and links")
MASTER_KEY = secret("MASTER_KEY", "wraps the key of every package and keys every digest")
if PRODUCTION and SECRET_KEY == MASTER_KEY:
    stop("SECRET_KEY and MASTER_KEY must differ, so that one leak does not open everything.")


def derived_key(purpose: str) -> bytes:
    """32 bytes for one purpose from the master key, so that no two uses share a key."""
    return hashlib.blake2b(MASTER_KEY.encode(), person=purpose.encode()[:16], digest_size=32).digest()


PACKAGE_WRAPPING_KEY = base64.urlsafe_b64encode(derived_key("package-wrapping"))
DIGEST_KEY = derived_key("digest")
CONFIRM_KEY = base64.urlsafe_b64encode(derived_key("consent-confirm"))  # seals links that ask for a yes
SEARCH_KEY = base64.urlsafe_b64encode(derived_key("long-search"))  # seals what an officer looks for
JOURNAL_KEY = derived_key("disposal-journal")
# What was disposed of, outside the database: after a restore it is done again from there. Best on another disk.
DISPOSAL_JOURNAL = Path(text("DISPOSAL_JOURNAL", str(STORAGE_DIR / "journal")))

# --- where it is reached ---------------------------------------------------------------------------------

PORT = number("PORT", 8000, least=1, most=65535)
SITE_URL = text("SITE_URL", "" if PRODUCTION else f"http://localhost:{PORT}").rstrip("/")
_site = urlsplit(SITE_URL)
if _site.scheme not in {"http", "https"} or not _site.hostname or _site.path:
    stop(
        f"SITE_URL must be the portal's own address, like https://rights.example.com, but it is {SITE_URL!r}."
    )
if PRODUCTION and _site.scheme != "https":
    stop(
        "SITE_URL must begin with https:// in production; cookies and personal data never travel in the clear."
    )
SITE_HOST = _site.hostname
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[SITE_HOST] + ([] if PRODUCTION else ["127.0.0.1", "testserver"])
)
if PRODUCTION and "*" in ALLOWED_HOSTS:
    stop("ALLOWED_HOSTS must name the portal's hosts, not *.")
CSRF_TRUSTED_ORIGINS = [SITE_URL]

SECURE = _site.scheme == "https"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
if PRODUCTION and text("INSECURE_COOKIES", ""):
    stop("INSECURE_COOKIES is not available in production.")
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 24 * 3600
SESSION_COOKIE_NAME = "session"
CSRF_COOKIE_NAME = "csrf"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if switch("BEHIND_PROXY", PRODUCTION) else None
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Number of trusted proxies in front of the web process; the client's address is read that many steps from the right.
TRUSTED_PROXIES = number("TRUSTED_PROXIES", 1 if PRODUCTION else 0, least=0, most=5)

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "style-src": ["'self'"],
        "script-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}

# Every input is limited in size.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 20  # more than any form takes, so that the form can say how many
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
IMPORT_MAX_BYTES = number("IMPORT_MAX_MB", 512, least=1, most=10_000) * 1024 * 1024

# --- what it is made of ----------------------------------------------------------------------------------

INSTALLED_APPS = [
    "portal.admin_config.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "csp",
    "pgtrigger",
    "portal",
    "portal.accounts",
    "portal.audit",
    "portal.mail",
    "portal.register",
    "subjects",
    "consent",
    "retention",
    "requests_sar",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "consent.one_click.OneClick",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.register.middleware.OneRegister",
    "portal.maintenance.MaintenanceMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.accounts.middleware.VisitMiddleware",
    "requests_sar.views.signals.PrivacySignal",
    "portal.accounts.middleware.StaffMfaMiddleware",
    "portal.accounts.middleware.NoStoreMiddleware",
    "portal.limits.RequestLimits",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
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
                "portal.context.site",
            ],
        },
    }
]
STATIC_URL = "/static/"
STATIC_ROOT = Path(text("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": str(STORAGE_DIR),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = TEST  # each test client begins anew, and would read all files before its first page

# --- database, broker, cache -----------------------------------------------------------------------------

DATABASE_URL = text("DATABASE_URL", "")
REDIS_URL = text("REDIS_URL", "")
if PRODUCTION and not (DATABASE_URL and REDIS_URL):
    stop("set DATABASE_URL and REDIS_URL to the PostgreSQL and Valkey (or Redis) servers.")
DATABASE_URL = DATABASE_URL or embedded.database_url(RUN_DIR)
REDIS_URL = REDIS_URL or embedded.redis_url(RUN_DIR)
try:
    DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL)}
except Exception as error:
    stop(f"DATABASE_URL is not an address such as postgresql://user:password@host:5432/name ({error}).")
if DATABASES["default"].get("ENGINE") != "django.db.backends.postgresql":
    stop("DATABASE_URL must be a PostgreSQL address (postgresql://...); no other database is supported.")
if urlsplit(REDIS_URL).scheme not in {"redis", "rediss", "unix"}:
    stop("REDIS_URL must begin with redis://, rediss:// or unix://.")
DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": text("KEY_PREFIX", "portal"),
        "OPTIONS": {
            "socket_connect_timeout": 1,
            "socket_timeout": 1,
        },  # one that hangs counts as one that is away
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # no third cookie

CELERY_BROKER_URL = embedded.broker_url(REDIS_URL)
CELERY_RESULT_BACKEND = None  # state lives in rows; a result store would be one more copy of something
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False  # the claim's lease decides, not the broker
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 6 * 3600,
    "global_keyprefix": text("KEY_PREFIX", "portal") + ":",
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
    "max_retries": 1,
}
CELERY_TASK_PUBLISH_RETRY = (
    False  # a broker that is down must not hold up a customer; beat finds the row later
)
CELERY_TIMEZONE = "Europe/London"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# --- people ----------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
if TEST:  # else the tests would spend a minute making passwords hard to guess
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
ACCOUNT_ADAPTER = "portal.accounts.adapter.StaffAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = (
    True  # staff addresses are given by an administrator, not typed by whoever signs up
)
MFA_TOTP_ISSUER = "Data rights portal"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
STAFF_MFA_REQUIRED = switch("STAFF_MFA_REQUIRED", PRODUCTION)
if PRODUCTION and not STAFF_MFA_REQUIRED:
    stop("STAFF_MFA_REQUIRED cannot be switched off in production.")

# --- the customer's visit --------------------------------------------------------------------------------

CODE_MINUTES = number("CODE_MINUTES", 24 * 60, least=5, most=7 * 24 * 60)  # "links last 24 hours"
CODE_TRIES = 5
CODE_LOCK_MINUTES = 15
VISIT_MINUTES = number("VISIT_MINUTES", 30, least=5, most=240)
PACKAGE_DAYS = number("PACKAGE_DAYS", 30, least=1, most=90)
# Whoever prepared a copy may not review it. Without a second person who could, a reason on the record does.
REVIEW_BY_TWO = switch("REVIEW_BY_TWO", True)


def moment(name: str) -> dt.datetime | None:
    """A moment with its zone from the environment, or None when unset."""
    raw = env.str(name, default="")
    try:
        found = dt.datetime.fromisoformat(raw) if raw else None
    except ValueError:
        found = None
    if raw and (found is None or found.tzinfo is None):
        stop(f"{name} must be a moment with its zone, like 2026-12-01T18:00+00:00, but it is {raw!r}.")
    return found


MAINTENANCE_UNTIL = moment("MAINTENANCE_UNTIL")  # while set, every page says when we are back
# How long a worker may be silent before its package is given to another (it reports every second).
PACKAGE_LEASE_SECONDS = number("PACKAGE_LEASE_SECONDS", 30, least=2, most=600)

# --- mail ------------------------------------------------------------------------------------------------

if PRODUCTION:
    if not text("EMAIL_URL", ""):
        stop("set EMAIL_URL, such as smtp+tls://user:password@mail.example.com:587.")
    try:
        vars().update(env.email_url_config(text("EMAIL_URL")))
    except Exception as error:  # whatever the library makes of a malformed address
        stop(f"EMAIL_URL is not an address such as smtp+tls://user:password@mail.example.com:587 ({error}).")
elif DEVELOPMENT:
    # Every message is kept in the outbox table anyway; the developer mailbox page shows it.
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
else:
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = text("MAIL_FROM", "Data Productions <gdpr@dataproductions.co.uk>")
if "@" not in parseaddr(DEFAULT_FROM_EMAIL)[1]:
    stop(
        f"MAIL_FROM must be an e-mail address, such as Company <rights@example.com>, not {DEFAULT_FROM_EMAIL!r}."
    )
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- telling recipients (Article 19) -----------------------------------------------------------------------

# Secrets that sign messages to recipients: NOTIFY_SECRET_<NAME>, or NOTIFY_SECRET_<NAME>_FILE, by name.
NOTIFY_SECRETS = {
    name: text(f"NOTIFY_SECRET_{name}")
    for name in {
        key.removeprefix("NOTIFY_SECRET_").removesuffix("_FILE")
        for key in env.ENVIRON
        if key.startswith("NOTIFY_SECRET_")
    }
}
for _name, _secret in NOTIFY_SECRETS.items():
    if len(_secret) < 32:
        stop(f"NOTIFY_SECRET_{_name} must be at least 32 random characters.")
# Plain HTTP, and addresses inside our own network: to try it out on one machine.
WEBHOOKS_ANYWHERE = switch("WEBHOOKS_ANYWHERE", False)
if PRODUCTION and WEBHOOKS_ANYWHERE:
    stop("WEBHOOKS_ANYWHERE must not be on in production: a register could then reach into our own network.")

# --- the company -----------------------------------------------------------------------------------------

REGISTER_FILE = Path(text("REGISTER_FILE", str(BASE_DIR / "portal/register/register.toml")))
# How soon every process uses a version that was activated; None: never by itself (tests say when).
REGISTER_CHECK_SECONDS: float | None = None if TEST else 1.0
BANK_HOLIDAYS_FILE = Path(text("BANK_HOLIDAYS_FILE", str(BASE_DIR / "requests_sar/bank_holidays.json")))
for _file, _name in ((REGISTER_FILE, "REGISTER_FILE"), (BANK_HOLIDAYS_FILE, "BANK_HOLIDAYS_FILE")):
    if not _file.is_file():
        stop(f"{_name} names {_file}, which is not a file.")

# --- place and time --------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = True
USE_THOUSAND_SEPARATOR = False

# --- API -------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["portal.accounts.api.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["portal.accounts.api.HasToken"],
    "DEFAULT_THROTTLE_CLASSES": ["portal.accounts.api.TokenThrottle"],
    "EXCEPTION_HANDLER": "portal.accounts.api.problem",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Data rights portal",
    "DESCRIPTION": "For other systems of the company. Ask before you use a person's data.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
}

# --- logs: what happened, never to whom ------------------------------------------------------------------

# Folders of log files that `find_traces` looks through, separated by commas.
LOG_FOLDERS = [Path(each) for each in env.list("LOG_FOLDERS", default=[] if PRODUCTION else [str(RUN_DIR)])]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "portal.logs.Line", "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "filters": {"no_personal_data": {"()": "portal.logs.ReferencesOnly"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["no_personal_data"]}
    },
    "root": {"handlers": ["console"], "level": text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        "celery.app.trace": {"level": text("LOG_LEVEL", "INFO")},
    },
}

"""Settings of the site. Every difference between machines is an environment variable.

A file `.env` beside `manage.py` is read too (`make run` writes one for development);
what the environment says wins. README.md, "Configure", lists the variables.
"""

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from scarclinic import configuration
from scarclinic.staff.text.cleaning import one_line

VERSION = "1.0.0-dev"
BASE_DIR = Path(__file__).resolve().parent.parent
DATABASE_SCHEMES = ("sqlite://", "postgres://", "postgresql://")

env = environ.Env()
DEBUG_IS_OF_FILE = "DEBUG" not in env.ENVIRON
env.read_env(BASE_DIR / ".env")


def read(variable, parse, default):
    """Return what `parse` makes of a variable; raises ImproperlyConfigured with its name.

    The value stays out of the message: it may hold a password.
    """
    try:
        return parse(variable, default=default)
    except (ImproperlyConfigured, ValueError, ZoneInfoNotFoundError) as error:
        raise ImproperlyConfigured(
            f"{variable} cannot be read: README.md, Configure, shows how to write it."
        ) from error


def database_url(variable, default):
    """Return Django's settings for a database address."""
    if not env.str(variable, default=default).startswith(DATABASE_SCHEMES):
        raise ValueError(variable)
    return env.db_url(variable, default=default)


def time_zone(variable, default):
    """Return the name of a time zone that exists."""
    return ZoneInfo(one_line(env.str(variable, default=default))).key


def site_url(variable, default):
    """Return where the site is at home, without a last slash; "" if that is not said."""
    url = one_line(env.str(variable, default=default))
    if url and not url.startswith(("https://", "http://")):
        raise ValueError(variable)
    return url.rstrip("/")


def one_of(*words):
    """Return a parser for a variable that is one of a few words."""

    def word(variable, default):
        value = env.str(variable, default=default)
        if value not in words:
            raise ValueError(variable)
        return value

    return word


# What may differ

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str(
    "SECRET_KEY", default=configuration.DEVELOPMENT_KEY if DEBUG else ""
)
# Keys of before: the links and hashes that they made hold as long as they stand here.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# The ledger's MACs. Whoever can write to the database and has not this key is found out.
LEDGER_KEY = env.str("LEDGER_KEY", default=f"ledger of {SECRET_KEY}" if DEBUG else "")
LEDGER_KEY_FALLBACKS = env.list("LEDGER_KEY_FALLBACKS", default=[])
# What patients wrote and their photos are sealed with the first, opened with any.
DATA_KEYS = env.list("DATA_KEYS", default=[f"data of {SECRET_KEY}"] if DEBUG else [])
# The public key that backups are encrypted to: `manage.py clinic new-backup-key`.
BACKUP_KEY = env.str("BACKUP_KEY", default="").strip()
# Prometheus says it; without, there is no /metrics.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="").strip()
# A person reads lines, what collects logs reads JSON.
LOG_FORMAT = read(
    "LOG_FORMAT", one_of("lines", "json"), default="lines" if DEBUG else "json"
)
# Where they lie; "" where only the command line says.
BACKUP_FOLDER = one_line(env.str("BACKUP_FOLDER", default=""))
ALLOWED_HOSTS = [
    one_line(host)
    for host in env.list(
        "ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"] if DEBUG else []
    )
]
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SITE_URL = read("SITE_URL", site_url, default="")
TIME_ZONE = read("TIME_ZONE", time_zone, default="UTC")

# What a clinic decides about consultations. Ages in years, the rest in days.
CHILD_BELOW = read("CHILD_BELOW", env.int, default=16)
MINOR_BELOW = read("MINOR_BELOW", env.int, default=18)
# From CHILD_BELOW to here a guardian has to agree beside the patient.
GUARDIAN_CONSENT_BELOW = read("GUARDIAN_CONSENT_BELOW", env.int, default=18)
ANSWER_WITHIN_DAYS = read("ANSWER_WITHIN_DAYS", env.int, default=3)
DRAFT_WARNING_DAYS = read("DRAFT_WARNING_DAYS", env.int, default=10)
DRAFT_DAYS = read("DRAFT_DAYS", env.int, default=14)
LINK_DAYS = read("LINK_DAYS", env.int, default=180)
# How long what was sent is kept after the last thing that happened with it.
SENT_DAYS = read("SENT_DAYS", env.int, default=365)
WITHDRAWN_DAYS = read("WITHDRAWN_DAYS", env.int, default=30)
CLOSED_DAYS = read("CLOSED_DAYS", env.int, default=3652)
LEDGER_DAYS = read("LEDGER_DAYS", env.int, default=6 * 365)
# Off for a demonstration only: the log-in page says so.
SECOND_FACTOR = env.bool("SECOND_FACTOR", default=not DEBUG)
FIRST_LOOK = read("FIRST_LOOK", one_of("off", "sample", "always"), default="off")
CHECKLIST_MODE = env.bool("CHECKLIST_MODE", default=False)

DATABASES = {
    "default": {
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        **read(
            "DATABASE_URL", database_url, default=f"sqlite:///{BASE_DIR}/db.sqlite3"
        ),
    }
}
CACHES = {"default": read("CACHE_URL", env.cache_url, default="locmemcache://")}
if CACHES["default"]["BACKEND"] == "django.core.cache.backends.redis.RedisCache":
    # Without, a Redis that hangs holds up every request that asks it for 5 s.
    CACHES["default"]["OPTIONS"] = {
        "socket_connect_timeout": 0.5,
        "socket_timeout": 0.5,
        **CACHES["default"].get("OPTIONS", {}),
    }
# The console is a log in production, and a letter to a patient has no place there.
vars().update(
    read(
        "EMAIL_URL",
        env.email_url,
        default="consolemail://" if DEBUG else "smtp://localhost",
    )
)
# Empty: no SMS is offered. The console prints private links, so only with DEBUG.
SMS_BACKEND = one_line(
    env.str("SMS_BACKEND", default="consultations.letters.sms.Console" if DEBUG else "")
)
# Unset, a silent mail server hangs the worker for ever.
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = one_line(
    env.str("DEFAULT_FROM_EMAIL", default="webmaster@localhost")
)
# Photos of people. They are sent by a view, which asks for the consent; no web server may
# send this folder by itself, so there is no MEDIA_URL.
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(BASE_DIR / "media"))
# What was erased, as keyed hashes, for a backup that is restored: outside of the database.
TOMBSTONES = env.path("TOMBSTONES", default=str(Path(MEDIA_ROOT).parent / "tombstones"))

if faults := configuration.faults(globals()):
    raise ImproperlyConfigured("\n".join(faults))

# The application

ROOT_URLCONF = "scarclinic.urls"
AUTH_USER_MODEL = "staff.User"
WSGI_APPLICATION = "scarclinic.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    # Before the staff's, which takes its pages out of the admin.
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    # Before the tasks, whose worker it makes chain the ledger as well.
    "scarclinic.staff",
    # Before those that take its page out of the admin.
    "django_tasks_db",
    "consultations",
    "methods",
    "crispy_forms",
    "csp",
    "whitenoise.runserver_nostatic",
    "scarclinic.staff.apps.ClinicAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "scarclinic.headers.isolate",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "scarclinic.compression.Compression",
    "scarclinic.health.by_any_name",
    "scarclinic.staff.text.middleware.clean_input",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "scarclinic.staff.sessions.end_idle",
    "scarclinic.staff.factors.require",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "scarclinic.uploads.limit",
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
                "methods.website.context.edition",
            ],
        },
    },
]

CRISPY_TEMPLATE_PACK = "clinic"
CRISPY_ALLOWED_TEMPLATE_PACKS = ["clinic"]
CRISPY_FAIL_SILENTLY = False

# Data

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Measured with 32 clients that read, then write: stock settings refuse 60 % of the
    # transactions as "locked", WAL alone 48 %, IMMEDIATE none.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # What is deleted is overwritten, too: `prune` and an erasure promise that.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
        "PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY;",
    }
else:
    # With time limits on both sides: a database that hangs must not take the site along.
    DATABASES["default"]["ENGINE"] = "scarclinic.staff.postgresql"
    # Values travel apart from the statement: what PostgreSQL logs of one that fails or is
    # cancelled holds no answer.
    DATABASES["default"].setdefault("OPTIONS", {})["server_side_binding"] = True

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# Language and time

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", _("English"))]
USE_TZ = True

# Files

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
# WhiteNoise serves straight from the source in development, and in the tests; else
# from STATIC_ROOT, which `manage.py collectstatic` fills.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
# By default every other site may read our files by script.
WHITENOISE_ALLOW_ALL_ORIGINS = False
# What is uploaded stays in memory until it is sealed: in /tmp a worker that is killed
# would leave it in clear. Larger requests are refused unread (`scarclinic.uploads`).
FILE_UPLOAD_MAX_MEMORY_SIZE = 25 * 2**20
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        # For a web server in front, whatever the umask.
        "OPTIONS": {
            "file_permissions_mode": 0o644,
            "directory_permissions_mode": 0o755,
        },
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}

# Safety

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "base-uri": [NONE],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "img-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
# Not "no-referrer": browsers then send "Origin: null", and every form is refused.
SECURE_REFERRER_POLICY = "same-origin"
# Only behind a proxy that says so can we know that a request came by https; without, a
# redirect would lead round in a circle.
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=BEHIND_PROXY)
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = read(
    "SECURE_HSTS_SECONDS", env.int, default=0 if DEBUG else 63_072_000
)
# The clinic's other subdomains are not ours to decide about: W005 and W021 stay silent.
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool(
    "SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False
)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=False)
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
# Browsers take a cookie of this name only by https and from this host itself: nobody who
# holds another subdomain can plant one.
COOKIE_PREFIX = "" if DEBUG else "__Host-"
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
INTAKE_COOKIE_NAME = f"{COOKIE_PREFIX}intake"
MESSAGE_STORAGE = "scarclinic.staff.messages.Storage"
SESSION_COOKIE_AGE = 60 * 60 * 12
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "scarclinic.staff.sessions.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
# The desk of an intake with eight scars posts a decision on 350 cards, 11 fields each,
# what belongs together, and what was seen or is to be asked.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 6000

PASSWORD_HASHERS = [
    f"django.contrib.auth.hashers.{name}"
    for name in ("Argon2PasswordHasher", "PBKDF2PasswordHasher")
]
PASSWORD_LENGTH = 12
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": PASSWORD_LENGTH},
    },
    {
        "NAME": "django.contrib.auth.password_validation.CommonPasswordValidator",
        # Of Django's list 190 are as long as ours must be. This one has all that are, and
        # have six letters, of the commonest million that leaked (M. Burnett, 2015).
        "OPTIONS": {
            "password_list_path": BASE_DIR / "scarclinic/staff/common-passwords.txt.gz"
        },
    },
    *(
        {"NAME": f"django.contrib.auth.password_validation.{name}"}
        for name in ("UserAttributeSimilarityValidator", "NumericPasswordValidator")
    ),
    {"NAME": "methods.admin.passwords.ClinicWordsValidator"},
]
PASSWORD_RESET_TIMEOUT = 60 * 60 * 24
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"

# django-allauth: log-in, second factors and the list of sessions. Its own limits count in
# the cache of each process: ours (staff/throttle.py) replace them.
ACCOUNT_ADAPTER = "scarclinic.staff.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "scarclinic.staff.login.LoginForm",
    "reset_password": "scarclinic.staff.login.ResetForm",
}
# `site.LoginPage` does it: this would lead who may not enter round in a circle.
ACCOUNT_AUTHENTICATED_LOGIN_REDIRECTS = False
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
ACCOUNT_SESSION_REMEMBER = False
MFA_ADAPTER = "scarclinic.staff.adapters.FactorAdapter"
MFA_FORMS = {
    "activate_totp": "scarclinic.staff.enrolment.AppForm",
    "authenticate": "scarclinic.staff.second_step.CodeForm",
    "login_webauthn": "scarclinic.staff.second_step.PasskeyForm",
    "add_webauthn": "scarclinic.staff.enrolment.NewPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["recovery_codes", "totp", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
# The step before and the one after: telephones' clocks differ.
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_USER_VERIFICATION = "required"

# Errors go to the log only: Django's e-mail to administrators quotes the posted form,
# and with it a patient's answers.
LOGGING_CONFIG = "scarclinic.logs.configure"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"requests": {"()": "scarclinic.logs.OfRequests"}},
    "formatters": {
        "lines": {"()": "scarclinic.logs.Line"},
        "json": {"()": "scarclinic.logs.Json"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["requests"],
            "formatter": LOG_FORMAT,
        }
    },
    # Also what libraries say, such as that of the tasks.
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
    },
}

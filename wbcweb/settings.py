"""Django's settings. What a site may change comes from the environment, through ``env.py``."""

import logging
import sys

from apps.core import logs
from wbcweb import __version__, csp, env

ENV = env.read()

BASE_DIR = env.BASE_DIR
DEBUG = ENV.debug
SECRET_KEY = ENV.secret_key or env.secret_key_in(ENV.data_dir)
SECRET_KEY_FALLBACKS = ENV.old_secret_keys
ALLOWED_HOSTS = ENV.allowed_hosts

# What the rooms may ask for. Names as in the environment.
WBCWEB_DATA_DIR = ENV.data_dir
WBCWEB_REDIS_URL = ENV.redis_url
# None: files lie in MEDIA_ROOT; else the bucket (apps.core.storage).
WBCWEB_S3 = ENV.s3
# Imported only where there is a broker; rooms never import wbcweb by themselves.
JOBS_CELERY_APP = "wbcweb.celery.app"
# Turns an address into Django's settings of a database, for moving from one to another.
WBCWEB_DATABASE_AT = "wbcweb.env.database_at"
WBCWEB_HOST = ENV.host
WBCWEB_PORT = ENV.port
WBCWEB_MAX_UPLOAD_MB = ENV.max_upload_mb
WBCWEB_MAX_IMPORT_MB = ENV.max_import_mb
WBCWEB_MAX_FIELD_MEGAPIXELS = ENV.max_field_megapixels
WBCWEB_DEVICE = ENV.device
WBCWEB_VERSION = __version__
WBCWEB_MIN_FREE_MB = ENV.min_free_mb
WBCWEB_METRICS_TOKEN = ENV.metrics_token
WBCWEB_TRUSTED_PROXIES = ENV.trusted_proxies
WBCWEB_TRASH_DAYS = ENV.trash_days
WBCWEB_ADMIN_EMAIL = ENV.admin_email
WBCWEB_ADMIN_PASSWORD = ENV.admin_password
WBCWEB_API_RATE = ENV.api_rate
WBCWEB_API_RATE_STRANGERS = ENV.api_rate_strangers
WBCWEB_REQUIRE_ADMIN_MFA = ENV.require_admin_mfa
WBCWEB_REQUIRE_MFA = ENV.require_mfa
WBCWEB_SESSION_IDLE_MINUTES = ENV.session_idle_minutes

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.admin",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_filters",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "apps.core",
    "apps.accounts",
    "apps.jobs",
    "apps.slides",
    "apps.registry",
    "apps.cells",
    "apps.inference",
    "apps.review",
    "apps.datasets",
    "apps.studies",
    "apps.backups",
    "apps.operations",
    "apps.home",
]

MIDDLEWARE = [
    "apps.core.request_context.RequestContextMiddleware",
    "apps.core.http.HeadersMiddleware",
    "apps.operations.probes.ProbeMiddleware",
    "apps.operations.measuring.MeasureMiddleware",
    "apps.core.http.SecureApiMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.accounts.middleware.ActivityMiddleware",
    "apps.accounts.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "apps.accounts.middleware.SecondFactorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.core.http.DomainErrorMiddleware",
]

ROOT_URLCONF = "wbcweb.urls"
WSGI_APPLICATION = "wbcweb.wsgi.application"

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
            ],
        },
    },
]

# --- Data -----

DATABASES = {"default": ENV.database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Rate limits live in the cache, so every process must see the same one: Redis when there is one, else a table
# (made by a migration of core).
CACHES = {
    "default": (
        {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": ENV.redis_url,
            "KEY_PREFIX": "wbcweb",
        }
        if ENV.redis_url
        else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "core_cache"}
    ),
}

# Uploaded pixels are never served by address: views stream them after asking who may see them.
MEDIA_ROOT = ENV.data_dir / "media"
MEDIA_URL = ""
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Maps of scripts are for people with developer tools; they need not be packed. The rest is packed already.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("map", "png", "jpg", "gif", "ico", "gz", "woff", "woff2")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "wbcweb.static.HashedAndPacked"
        ),
    },
}

# --- People -----

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["apps.accounts.backends.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "apps.accounts.passwords.GuessablePasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "apps.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "apps.accounts.forms.LoginForm",
    "change_password": "apps.accounts.forms.ChangePasswordForm",
}
ACCOUNT_REAUTHENTICATION_TIMEOUT = 10 * 60
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_UNIQUE_EMAIL = True
# There is no mail server: an administrator hands over the link, which proves as much as a mail would.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = False
# The one lockout mechanism (see docs/adr/0002-lockout.md): per address, and per address and account.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "30/5m/ip,5/5m/key",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = ENV.trusted_proxies
MFA_ADAPTER = "apps.accounts.mfa.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "apps.accounts.factor_forms.SecondFactorForm",
    "authenticate_webauthn": "apps.accounts.factor_forms.SignByPasskeyForm",
    "login_webauthn": "apps.accounts.factor_forms.SignInByPasskeyForm",
    "activate_totp": "apps.accounts.factor_forms.AddAppForm",
    "add_webauthn": "apps.accounts.factor_forms.AddPasskeyForm",
    "edit_webauthn": "apps.accounts.factor_forms.RenamePasskeyForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
# One step of 30 seconds either way (RFC 6238, 5.2); our form sees to it that a code works once all the same.
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

SESSION_ENGINE = "apps.accounts.sessions"
SESSION_COOKIE_NAME = "wbcweb_session"  # cookies of one host are shared by all its ports
CSRF_COOKIE_NAME = "wbcweb_csrf"
SESSION_COOKIE_AGE = 12 * 60 * 60  # at most, however busy; the idle limit is WBCWEB_SESSION_IDLE_MINUTES
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "apps.core.messages.Messages"
WHITENOISE_ALLOW_ALL_ORIGINS = False  # no other site needs our scripts

# --- Headers -----

CONTENT_SECURITY_POLICY = csp.POLICY
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = ENV.trusted_origins
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if ENV.https:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.trusted_proxies else None
    if ENV.hsts:
        SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
        SECURE_HSTS_INCLUDE_SUBDOMAINS = True
        SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-wbcweb_session"
    CSRF_COOKIE_SECURE = True
    CSRF_COOKIE_NAME = "__Host-wbcweb_csrf"

# --- API -----

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.accounts.api.auth.TokenAuthentication",
        "apps.accounts.api.auth.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "apps.accounts.api.permissions.SignedIn",
        "apps.accounts.api.permissions.WithinScope",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["apps.accounts.api.throttles.PersonThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.core.api.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "apps.accounts.api.schema.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "apps.core.api.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": ["apps.core.api.filters.Filters"],
    "DEFAULT_METADATA_CLASS": None,
    "URL_FORMAT_OVERRIDE": None,
    "EXCEPTION_HANDLER": "apps.core.api.errors.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "wbcweb",
    "DESCRIPTION": "White blood cells in blood-smear photographs: research use only. Explained in docs/api.md.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_SPLIT_PATCH": False,
    # Whole lists of choices get the name of what they are, so that it does not depend on which came first.
    "ENUM_NAME_OVERRIDES": {
        "RoleEnum": "apps.accounts.models.Role",
        "JobStateEnum": "apps.jobs.models.State",
        "ClassRoleEnum": "apps.registry.models.Role",
        "TaskEnum": "apps.registry.models.Task",
        "ModelStateEnum": "apps.registry.models.ModelState",
        "UploadModeEnum": "apps.slides.models.Mode",
        "UploadFileStateEnum": "apps.slides.models.FileState",
        "SexEnum": "apps.slides.models.Sex",
        "OriginEnum": "apps.cells.models.Origin",
        "ReviewStateEnum": "apps.cells.models.ReviewState",
        "LabelEventKindEnum": "apps.cells.models.EventKind",
        "ReadingStateEnum": "apps.review.models.ReadingState",
        "StudyStateEnum": "apps.studies.models.State",
        "StudyReadingStateEnum": ["practice", "reading", "later", "done"],
        "AnalysisStateEnum": ["queued", "running", "done", "failed", "empty"],
        "UploadStateEnum": ["open", "queued", "done", "stopped"],
        "QualityMeasureEnum": ["focus", "brightness", "clipped", "stain", "density", "scale"],
        "GalleryOrderEnum": ["similarity", "doubtful"],
        "DatasetFormatEnum": "apps.datasets.models.Format",
        "DeclaredOriginEnum": "apps.datasets.models.Declared",
        "ImportStateEnum": ["reading", "mapping", "storing", "done", "stopped"],
        "ExportStateEnum": ["writing", "ready", "expired", "stopped"],
    },
}

# --- Words, time, log -----

LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = "wbcweb.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Files may be named that are the software's or the site's own; others have names that people gave them.
LOGGING = logs.logging_config(
    form=ENV.log_format, level=ENV.log_level, roots=[sys.prefix, sys.base_prefix, BASE_DIR, ENV.data_dir]
)
# A library's warning is a line of the log too: where machines read it, an object like all others.
logging.captureWarnings(ENV.log_format == "json")

"""Settings of the whole site for a real browser: an analyser without weights, static files from their folders."""

from tests.inference.site_settings import *  # noqa: F403 - settings that differ in a few
from tests.inference.site_settings import STORAGES as ALL_STORAGES

STORAGES = {
    **ALL_STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Many tests sign in from one address.
ACCOUNT_RATE_LIMITS = False

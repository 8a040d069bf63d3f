"""Settings of the site that tests start in processes of its own."""

from wbcweb.settings import *  # noqa: F403 - settings that differ in a few

# No test needs the files that the front end builds, nor their manifest.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

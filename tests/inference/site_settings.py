"""Settings of a whole site in processes of its own, with an analyser that needs no weights."""

from wbcweb.settings import *  # noqa: F403 - settings that differ in a few
from wbcweb.settings import INSTALLED_APPS as ALL_APPS

# No test needs the files that the front end builds, nor their manifest.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
INSTALLED_APPS = [*ALL_APPS, "tests.inference.testapp"]
JOBS_TIMES = {
    "lease": 4.0,
    "beat": 1.0,
    "watch": 0.2,
    "progress": 0.1,
    "reap": 0.5,
    "resend_first": 2.0,
    "retry_first": 0.1,
    "sweep_after": 1.0,
}

"""Settings of the site that takes hostile files: those of a real one, without gathered style sheets."""

from wbcweb.settings import *  # noqa: F403 - settings that differ in one
from wbcweb.settings import STORAGES as ALL_STORAGES

STORAGES = {
    **ALL_STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

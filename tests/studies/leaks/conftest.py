"""One seeded study for all tests here: it takes seconds to make and to read, so it is made once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker, Settings

from tests.studies.leaks.kit import IMAGES, Seeded, build, read, signed_in


@pytest.fixture(scope="package")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of the study's files, which every test here finds in the place of one of its own."""
    return tmp_path_factory.mktemp("leaks")


@pytest.fixture(scope="package")
def seeded(django_db_setup: None, django_db_blocker: DjangoDbBlocker, store: Path) -> Iterator[Seeded]:
    """Give an open study of which one of two readers has read all images; undone after the last test here."""
    (store / "static").mkdir(exist_ok=True)
    quick = {
        "WBCWEB_DATA_DIR": store,
        # As for every test (tests/conftest.py): none needs the files that the front end builds.
        "STATIC_ROOT": store / "static",
        "STORAGES": {
            **django_settings.STORAGES,
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
        "MEDIA_ROOT": store / "media",
        "WBCWEB_API_RATE": 0,
        "WBCWEB_S3": None,
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
        "CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    }
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(**quick):
            made = build()
            made.trials = read(made, images=IMAGES, client=signed_in(made.anna.reader))
        yield made
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def same_store(own_surroundings: None, settings: Settings, store: Path) -> None:
    """Let a test see the files of the study."""
    settings.WBCWEB_DATA_DIR = store
    settings.MEDIA_ROOT = store / "media"

"""Files go after the rows that named them, not while a backup is made, and not while somebody still names them."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection, models
from django.utils import timezone

from apps.core import disposal, object_names, storage
from apps.core.models import DoomedObject, Hold
from tests.cells.factories import make_field, make_slide
from tests.kits.stored import stored_files

pytestmark = pytest.mark.django_db


@pytest.fixture
def keys() -> list[str]:
    made = [storage.new_key("fields", ".png") for _ in range(3)]
    for key in made:
        storage.save_bytes(key, b"x")
    return made


def test_while_a_hold_stands_files_stay_and_go_afterwards(keys: list[str]) -> None:
    with disposal.hold():
        storage.delete_key(keys[0])
        storage.delete_folder("/".join(keys[1].split("/")[:2]))
        assert disposal.remove_doomed() == 0
        assert stored_files() == sorted(keys)
        assert set(DoomedObject.objects.values_list("key", flat=True)) == set(keys[:2])
    assert disposal.remove_doomed() == 2
    assert stored_files() == [keys[2]]
    assert not Hold.objects.exists()


def test_without_a_hold_a_file_goes_at_once(keys: list[str]) -> None:
    storage.delete_key(keys[0])
    assert stored_files() == sorted(keys[1:])
    assert not DoomedObject.objects.exists()


def test_two_backups_may_hold_at_once(keys: list[str]) -> None:
    with disposal.hold():
        with disposal.hold():
            pass
        storage.delete_key(keys[0])
        assert stored_files() == sorted(keys)


def test_the_hold_of_a_killed_backup_runs_out(keys: list[str]) -> None:
    Hold.objects.create(expires_at=timezone.now() - timedelta(seconds=1))
    storage.delete_key(keys[0])
    assert stored_files() == sorted(keys[1:])


def test_a_backup_that_slept_too_long_is_no_backup() -> None:
    with pytest.raises(disposal.HoldLost, match="Start it again"), disposal.hold():
        Hold.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def test_a_hold_is_renewed_while_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    renewed = threading.Event()
    monkeypatch.setattr(disposal, "_RENEW_S", 0.01)
    monkeypatch.setattr(disposal, "_extend", lambda _: renewed.set() or True)
    with disposal.hold():
        assert renewed.wait(5)


def test_a_named_file_is_struck_off_the_list(keys: list[str]) -> None:
    make_field(make_slide(), image_key=keys[0], thumbnail_key=keys[1])
    disposal.doom(keys)
    disposal.doom([*keys, ""])  # twice, and nothing, are harmless
    assert disposal.remove_doomed() == 1
    assert stored_files() == sorted(keys[:2])
    assert not DoomedObject.objects.exists()


def test_many_files_are_looked_up_in_one_question_per_table(django_assert_num_queries) -> None:
    some = [storage.new_key("fields", ".png") for _ in range(3_000)]
    with django_assert_num_queries(len(object_names.columns())):
        assert object_names.still_named(some) == set()


def test_a_round_ends_when_its_time_is_over(keys: list[str]) -> None:
    disposal.doom(keys)
    assert disposal.remove_doomed(seconds=0) == 0
    assert DoomedObject.objects.count() == 3


def test_every_column_that_names_files_is_known() -> None:
    """A new column called so must be entered, or its files would be taken for nameless."""
    not_in_the_store = {
        # The field that is made of a file has the same names; so has what an imported picture becomes.
        ("slides_uploadfile", "image_key"),
        ("slides_uploadfile", "thumbnail_key"),
        ("datasets_importedpicture", "image_key"),
        ("datasets_importedpicture", "thumbnail_key"),
        # Words for requests and browsers, not files.
        ("cells_comment", "idempotency_key"),
        ("cells_labelevent", "idempotency_key"),
        ("review_adjudication", "idempotency_key"),
        ("review_secondlabel", "idempotency_key"),
        ("review_signature", "idempotency_key"),
        ("studies_reading", "idempotency_key"),
        ("accounts_session", "session_key"),
    }
    called_so = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        if model.__module__.startswith("apps.") and model is not DoomedObject
        for field in model._meta.fields
        if isinstance(field, models.CharField)
        and (field.column.endswith("_key") or field.column == "checkpoint")
    }
    entered = {(column.table, column.column) for column in object_names.columns()}
    assert entered == called_so - not_in_the_store


def test_what_is_entered_exists() -> None:
    with connection.cursor() as cursor:
        for column in object_names.columns():
            where = f" WHERE {column.where}" if column.where else ""
            cursor.execute(f'SELECT "{column.column}" FROM "{column.table}"{where}')
            assert cursor.fetchall() == []


def test_a_column_is_entered_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        object_names.register("slides_field", "image_key")

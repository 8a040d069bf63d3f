"""A bucket that does not answer or refuses: one sentence for people, another for the administrator, no secrets."""

import os
import time

import pytest
from django.core.management import CommandError, call_command

from apps.core import storage
from tests.kits.processes import free_port
from tests.kits.s3 import REGION, S3Kit, private_s3

# What is removed is asked of the database: a backup may hold it.
pytestmark = pytest.mark.django_db

KEYS = {"access_key": "an-access-key", "secret_key": "hunter2hunter2"}


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    kit = private_s3(tmp_path_factory.mktemp("s3"))
    with kit.up():
        yield kit


@pytest.fixture
def nobody_there(settings):
    settings.WBCWEB_S3 = {
        "name": "cells",
        "endpoint": f"http://127.0.0.1:{free_port()}",
        "region": REGION,
        **KEYS,
    }


def test_a_server_that_is_not_there_is_one_sentence(nobody_there, rf, caplog):
    key = storage.new_key("fields", ".png")
    started = time.monotonic()
    for use in (
        lambda: storage.open_key(key),
        lambda: storage.save_bytes(key, b"x"),
        lambda: storage.delete_key(key),
        lambda: list(storage.every_key()),
        lambda: storage.serve(rf.get("/"), key, "image/png"),
        lambda: storage.serve(rf.head("/"), key, "image/png"),
    ):
        with pytest.raises(storage.StoreAway, match=r"^The file store does not answer") as caught:
            use()
        assert caught.value.status == 503
        assert "127.0.0.1" not in caught.value.message + str(caught.value.detail)
    assert time.monotonic() - started < 60
    assert "127.0.0.1" in caplog.text
    assert "hunter2" not in caplog.text


def test_the_administrator_is_told_where_and_why(nobody_there, settings):
    sentence = storage.problem()
    assert sentence is not None
    assert sentence.startswith("The file store, the bucket “cells” at http://127.0.0.1:")
    assert "Could not connect" in sentence
    assert "hunter2" not in sentence


def test_an_upload_that_cannot_be_kept_leaves_nothing(nobody_there, settings):
    coming = storage.receive(storage.new_key("uploads", ""))
    coming.write(b"pixels")
    with pytest.raises(storage.StoreAway):
        coming.finish()
    coming.drop()
    assert [path for path in settings.WBCWEB_DATA_DIR.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("write", [True, False])
def test_a_missing_bucket_is_said_and_is_no_missing_file(write, s3: S3Kit, settings):
    settings.WBCWEB_S3 = {"name": "missing", "endpoint": s3.url, "region": REGION, **KEYS}
    assert storage.problem(write=write) == (
        f"The file store, the bucket “missing” at {s3.url}, cannot be used: there is no such bucket."
    )
    with pytest.raises(storage.StoreAway):
        storage.open_key(storage.new_key("fields", ".png"))


def test_the_command_makes_a_missing_bucket_when_told_to(s3: S3Kit, settings, capsys):
    settings.WBCWEB_S3 = {"name": "made-by-command", "endpoint": s3.url, "region": "eu-central-1", **KEYS}
    with pytest.raises(CommandError, match="there is no such bucket"):
        call_command("store")
    call_command("store", "--make-bucket")
    call_command("store", "--make-bucket")
    call_command("store")
    said = capsys.readouterr().out
    assert said.count("was made") == 1
    assert f"the bucket “made-by-command” at {s3.url}" in said


def test_the_command_looks_at_a_folder_too(settings, capsys):
    settings.WBCWEB_S3 = None
    call_command("store")
    assert f"the folder {settings.MEDIA_ROOT}" in capsys.readouterr().out
    with pytest.raises(CommandError, match="WBCWEB_S3_BUCKET"):
        call_command("store", "--make-bucket")


def test_scratch_files_of_killed_processes_go_after_a_day(settings):
    from apps.core.storage import scratch

    old, new = scratch.folder() / "old", scratch.folder() / "new"
    for path in (old, new):
        path.write_bytes(b"x")
    os.utime(old, (0, 0))
    assert {path.name for path in scratch.folder().iterdir()} == {"new"}

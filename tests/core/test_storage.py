"""What every store keeps to: the same tests on a folder and on a bucket of a real server."""

import io
import re
import stat
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.utils import timezone

from apps.core import storage
from apps.core.errors import InvalidInput, NotFound
from apps.core.storage import local, serving
from tests.kits.s3 import ACCESS_KEY, REGION, SECRET_KEY, S3Kit, fresh_bucket, private_s3

# What is removed is asked of the database: a backup may hold it.
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="session")
def s3(tmp_path_factory):
    kit = private_s3(tmp_path_factory.mktemp("s3"))
    with kit.up():
        yield kit


@pytest.fixture
def in_bucket(s3: S3Kit, settings):
    settings.WBCWEB_S3 = fresh_bucket(
        {"endpoint": s3.url, "region": REGION, "access_key": ACCESS_KEY, "secret_key": SECRET_KEY}
    )


@pytest.fixture
def in_folder(settings):
    settings.WBCWEB_S3 = None


@pytest.fixture(params=["folder", "bucket"])
def place(request):
    request.getfixturevalue(f"in_{request.param}")
    return request.param


def content(key: str) -> bytes:
    with storage.open_key(key) as stream:
        return stream.read()


def body(response) -> bytes:
    sent = b"".join(response.streaming_content) if response.streaming else response.content
    for close in (
        response._resource_closers
    ):  # response.close() would end the request, and with it the test's connection
        close()
    return sent


def test_a_key_tells_nothing_and_never_comes_twice():
    keys = {storage.new_key("fields", ".png") for _ in range(200)}
    assert len(keys) == 200
    assert all(re.fullmatch(r"fields/([0-9a-f]{2})/\1[0-9a-f]{30}\.png", key) for key in keys)


@pytest.mark.parametrize(
    ("prefix", "suffix"),
    [("../x", ".png"), ("/", ".png"), ("a b", ""), ("x", "png"), ("x", ".p/g"), ("", ""), ("X", "")],
)
def test_a_key_leads_nowhere_else(prefix, suffix):
    with pytest.raises(ValueError, match="Not a place for files"):
        storage.new_key(prefix, suffix)


@pytest.mark.parametrize(
    "key", ["../secret_key", "/etc/passwd", "fields/../../x", "fields//x", ".hidden", "fields/.x", ""]
)
def test_a_name_that_is_no_key_opens_nothing(key, rf):
    for use in (
        storage.open_key,
        storage.delete_key,
        storage.local_copy,
        storage.receive,
        lambda key: storage.save_bytes(key, b""),
        lambda key: storage.serve(rf.get("/"), key, "image/png"),
    ):
        with pytest.raises(ValueError, match="Not a key"):
            use(key)


@pytest.mark.parametrize("prefix", ["../", "a/../b", "/", "A", "fields//"])
def test_a_folder_is_below_the_store(prefix):
    with pytest.raises(ValueError, match="Not a folder"):
        storage.delete_folder(prefix)
    with pytest.raises(ValueError, match="Not a folder"):
        list(storage.every_key(prefix))


def test_bytes_come_back(place):
    key = storage.new_key("jobs/1/2", ".bin")
    storage.save_bytes(key, b"\x00pixels")
    assert content(key) == b"\x00pixels"
    with storage.open_key(key) as stream:
        stream.seek(1)
        assert stream.read(3) == b"pix"


@pytest.mark.parametrize("size", [0, 1, 20_000_001])
def test_streams_of_any_length_come_back(size, place):
    data = (b"0123456789" * (size // 10 + 1))[:size]
    key = storage.new_key("fields", "")
    stream = io.BytesIO(data)
    stream.seek(size)
    storage.save_stream(key, stream)
    assert content(key) == data
    assert [entry.size for entry in storage.entries("fields")] == [size]


def test_saving_again_replaces_the_whole_file(place):
    key = storage.new_key("fields", ".png")
    storage.save_bytes(key, b"a longer first content")
    storage.save_bytes(key, b"second")
    assert content(key) == b"second"


def test_a_deleted_file_is_gone_and_deleting_again_is_no_error(place):
    key = storage.new_key("fields", ".png")
    storage.save_bytes(key, b"x")
    storage.delete_key(key)
    storage.delete_key(key)
    with pytest.raises(NotFound):
        storage.open_key(key)
    with pytest.raises(NotFound), storage.local_copy(key):
        pass
    assert list(storage.every_key()) == []


def test_what_is_received_is_seen_when_it_is_whole(place):
    coming = storage.receive(storage.new_key("uploads", ""))
    coming.write(b"one ")
    assert list(storage.every_key()) == []
    coming.write(b"two")
    assert list(storage.every_key()) == []
    coming.finish()
    coming.drop()
    assert list(storage.every_key()) == [coming.key]
    assert content(coming.key) == b"one two"


def test_what_is_dropped_never_was(place, settings):
    coming = storage.receive(storage.new_key("uploads", ""))
    coming.write(b"half")
    coming.drop()
    coming.drop()
    assert list(storage.every_key()) == []
    assert [path for path in settings.WBCWEB_DATA_DIR.rglob("*") if path.is_file()] == []


def test_a_sender_that_breaks_off_leaves_nothing(place, settings):
    class Broken(io.BytesIO):
        def read(self, *_: object) -> bytes:
            raise ConnectionResetError

    with pytest.raises((ConnectionResetError, storage.StoreAway)):
        storage.save_stream(storage.new_key("fields", ""), Broken(b"pixels"))
    assert list(storage.every_key()) == []
    assert [path for path in settings.WBCWEB_DATA_DIR.rglob("*") if path.is_file()] == []


def test_a_decoder_gets_a_path_for_a_while(place, settings):
    key = storage.new_key("uploads", "")
    storage.save_bytes(key, b"pixels")
    with storage.local_copy(key) as path:
        assert path.read_bytes() == b"pixels"
        assert settings.WBCWEB_DATA_DIR in path.parents
    assert path.exists() == (place == "folder")
    assert content(key) == b"pixels"


def test_keys_are_listed_by_their_folder(place, settings):
    keys = sorted(
        storage.new_key(prefix, ".png") for prefix in ("fields", "fields-2", "jobs/7/1", "jobs/7/12")
    )
    before = timezone.now() - timedelta(seconds=2)
    for key in keys:
        storage.save_bytes(key, b"123")
    assert sorted(storage.every_key()) == keys
    assert [key.split("/")[0] for key in storage.every_key("fields")] == ["fields"]
    assert len(list(storage.every_key("jobs/7/1"))) == 1
    assert len(list(storage.every_key("jobs/7/"))) == 2
    assert list(storage.every_key("nothing")) == []
    for entry in storage.entries():
        assert entry.size == 3
        assert before < entry.modified < timezone.now() + timedelta(seconds=2)


def test_long_listings_come_whole(in_bucket, monkeypatch):
    from apps.core.storage import s3

    keys = sorted(storage.new_key("jobs/1/1", "") for _ in range(25))
    for key in keys:
        storage.save_bytes(key, b"")
    usual = s3.S3Store._ask

    def ten_a_page(self, operation: str, **parameters: object):
        return usual(self, operation, **parameters, **({"MaxKeys": 10} if "list" in operation else {}))

    monkeypatch.setattr(s3.S3Store, "_ask", ten_a_page)
    assert list(storage.every_key()) == keys
    storage.delete_folder("jobs/1")
    assert list(storage.every_key()) == []


def test_a_folder_goes_with_all_that_is_in_it_and_nothing_else(place):
    gone = [storage.new_key("jobs/7/1", "") for _ in range(3)]
    kept = [storage.new_key(prefix, "") for prefix in ("jobs/7/12", "jobs/8/1", "fields")]
    for key in gone + kept:
        storage.save_bytes(key, b"x")
    storage.delete_folder("jobs/7/1/")
    storage.delete_folder("jobs/never")
    assert sorted(storage.every_key()) == sorted(kept)


def test_the_whole_store_is_never_removed(place):
    storage.save_bytes(storage.new_key("fields", ""), b"x")
    with pytest.raises(ValueError, match="whole store"):
        storage.delete_folder("")
    assert len(list(storage.every_key())) == 1


def test_a_store_that_answers_has_no_problem_and_keeps_nothing_of_the_question(place):
    assert storage.problem() is None
    assert storage.problem(write=True) is None
    assert list(storage.every_key()) == []


# --- Sending on -----


@pytest.fixture
def key(place) -> str:
    made = storage.new_key("fields", ".png")
    storage.save_bytes(made, b"\x89PNG pixels")
    return made


def test_a_served_file_tells_its_pixels_and_nothing_else(rf, key):
    response = storage.serve(rf.get("/"), key, "image/png")
    assert body(response) == b"\x89PNG pixels"
    assert dict(response.headers) == {
        "Content-Type": "image/png",
        "Content-Length": "11",
        "Content-Disposition": "inline",
        "Cache-Control": "private, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def test_a_large_file_is_sent_in_pieces(rf, place):
    data = bytes(range(256)) * 20_000
    key = storage.new_key("fields", ".png")
    storage.save_bytes(key, data)
    response = storage.serve(rf.get("/"), key, "image/png")
    pieces = list(response.streaming_content)
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) <= serving.StoredFile.block_size
    assert response.headers["Content-Length"] == str(len(data))
    assert "amz" not in str(response.headers).lower()
    for close in response._resource_closers:
        close()


def test_a_head_request_has_the_same_headers_and_no_body(rf, key):
    response = storage.serve(rf.head("/"), key, "image/png")
    assert (body(response), response.headers["Content-Length"]) == (b"", "11")


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_missing_file_is_not_found(rf, place, method):
    with pytest.raises(NotFound):
        storage.serve(getattr(rf, method)("/"), storage.new_key("fields", ".png"), "image/png")


def test_a_download_has_the_name_it_is_given(rf, key):
    response = storage.serve(rf.get("/"), key, "text/csv", download_name='cells "é".csv')
    assert body(response)
    assert response.headers["Content-Disposition"] == (
        "attachment; filename=\"cells ___.csv\"; filename*=UTF-8''cells%20%22%C3%A9%22.csv"
    )


@pytest.mark.parametrize("name", ["a\r\nSet-Cookie: x", "../up", "tab\t"])
def test_a_name_that_would_break_the_header_is_refused(rf, in_folder, name):
    key = storage.new_key("fields", ".csv")
    storage.save_bytes(key, b"x")
    with pytest.raises(InvalidInput):
        storage.serve(rf.get("/"), key, "text/csv", download_name=name)


def test_the_policy_of_a_picture_is_not_replaced_by_the_page_s(rf, key):
    from csp.middleware import CSPMiddleware

    def view(request) -> HttpResponse:
        return storage.serve(request, key, "image/png")

    response = CSPMiddleware(view)(rf.get("/"))
    assert body(response)
    assert response.headers["Content-Security-Policy"] == storage.SANDBOX


# --- The folder -----


def test_only_the_owner_reads_a_file_in_the_folder(in_folder, settings):
    key = storage.new_key("jobs/1/2", ".bin")
    storage.save_bytes(key, b"pixels")
    path = settings.MEDIA_ROOT / key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_write_that_fails_leaves_nothing_in_the_folder(in_folder, settings, monkeypatch):
    key = storage.new_key("fields", ".png")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(local.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        storage.save_bytes(key, b"pixels")
    assert [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []


def test_half_written_files_are_no_keys_and_go_when_they_are_old(in_folder, settings):
    coming = storage.receive(storage.new_key("fields", ".png"))
    coming.write(b"half")
    storage.remove_unfinished("fields", before=timezone.now() - timedelta(minutes=1))
    assert len(list(settings.MEDIA_ROOT.rglob("*.part"))) == 1
    storage.remove_unfinished("fields", before=timezone.now() + timedelta(minutes=1))
    assert list(settings.MEDIA_ROOT.rglob("*.part")) == []
    assert list(storage.every_key()) == []
    coming.drop()


def test_a_folder_that_cannot_be_used_is_said(in_folder, settings, tmp_path):
    (tmp_path / "occupied").write_text("")
    settings.MEDIA_ROOT = tmp_path / "occupied"
    assert storage.problem() == (
        f"The file store, the folder {tmp_path / 'occupied'}, cannot be used: File exists."
    )

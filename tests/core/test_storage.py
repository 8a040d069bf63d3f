import re
import stat

import pytest

from apps.core import storage
from apps.core.errors import InvalidInput, NotFound


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
def test_a_name_that_is_no_key_opens_nothing(key):
    for use in (
        storage.open_key,
        storage.delete_key,
        storage.path_of,
        lambda key: storage.save_bytes(key, b""),
    ):
        with pytest.raises(ValueError, match="Not a key"):
            use(key)


def test_bytes_come_back_and_only_the_owner_reads_the_file(settings):
    key = storage.new_key("jobs/1/2", ".bin")
    storage.save_bytes(key, b"\x00pixels")
    with storage.open_key(key) as stream:
        assert stream.read() == b"\x00pixels"
    path = settings.MEDIA_ROOT / key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_write_that_fails_leaves_nothing(settings, monkeypatch):
    key = storage.new_key("fields", ".png")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        storage.save_bytes(key, b"pixels")
    assert [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []


def test_saving_again_replaces_the_whole_file():
    key = storage.new_key("fields", ".png")
    storage.save_bytes(key, b"a longer first content")
    storage.save_bytes(key, b"second")
    with storage.open_key(key) as stream:
        assert stream.read() == b"second"


def test_a_deleted_file_is_gone_and_deleting_again_is_no_error():
    key = storage.new_key("fields", ".png")
    storage.save_bytes(key, b"x")
    storage.delete_key(key)
    storage.delete_key(key)
    with pytest.raises(NotFound):
        storage.open_key(key)


@pytest.fixture
def key() -> str:
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


def test_a_head_request_has_the_same_headers_and_no_body(rf, key):
    response = storage.serve(rf.head("/"), key, "image/png")
    assert (body(response), response.headers["Content-Length"]) == (b"", "11")


def test_a_missing_file_is_not_found(rf):
    with pytest.raises(NotFound):
        storage.serve(rf.get("/"), storage.new_key("fields", ".png"), "image/png")


def test_a_download_has_the_name_it_is_given(rf, key):
    response = storage.serve(rf.get("/"), key, "text/csv", download_name='cells "é".csv')
    assert body(response)
    assert response.headers["Content-Disposition"] == (
        "attachment; filename=\"cells ___.csv\"; filename*=UTF-8''cells%20%22%C3%A9%22.csv"
    )


@pytest.mark.parametrize("name", ["a\r\nSet-Cookie: x", "../up", "tab\t"])
def test_a_name_that_would_break_the_header_is_refused(rf, key, name):
    with pytest.raises(InvalidInput):
        storage.serve(rf.get("/"), key, "text/csv", download_name=name)


def test_the_policy_of_a_picture_is_not_replaced_by_the_page_s(rf, key):
    from csp.middleware import CSPMiddleware

    response = CSPMiddleware(lambda request: storage.serve(request, key, "image/png"))(rf.get("/"))
    assert body(response)
    assert response.headers["Content-Security-Policy"] == storage.SANDBOX

"""Settings that look right at a glance and would fail later, in the middle of something."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from wbcweb import env


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOST", "http://localhost"),
        ("HOST", "my host"),
        ("HOST", "localhost:8000"),
        ("ALLOWED_HOSTS", "https://wbc.example.org"),
        ("ALLOWED_HOSTS", "wbc.example.org other.example.org"),
        ("ALLOWED_HOSTS", "wbc.example.org:8000"),
        ("TRUSTED_ORIGINS", "wbc.example.org"),
        ("TRUSTED_ORIGINS", "https://wbc.example.org/path"),
        ("TRUSTED_ORIGINS", "https://wbc.example.org,ftp://x"),
        ("HSTS", "perhaps"),
        ("ADMIN_EMAIL", "@"),
        ("ADMIN_EMAIL", "a person@example.org"),
    ],
)
def test_nonsense_is_refused_by_name(tmp_path, name, value):
    with pytest.raises(ImproperlyConfigured, match=f"WBCWEB_{name} is"):
        env.read({"WBCWEB_DATA_DIR": str(tmp_path), f"WBCWEB_{name}": value})


@pytest.mark.parametrize(
    "value", ["wbc.example.org", ".example.org, localhost", "*", "[::1],127.0.0.1", "wbc_1,a-b.example"]
)
def test_names_and_addresses_are_taken(tmp_path, value):
    names = env.read({"WBCWEB_DATA_DIR": str(tmp_path), "WBCWEB_ALLOWED_HOSTS": value}).allowed_hosts
    assert ",".join(names) == value.replace(" ", "")


def test_origins_are_taken(tmp_path):
    value = "https://wbc.example.org:8443/, https://*.example.org,http://[::1]:8000"
    site = env.read({"WBCWEB_DATA_DIR": str(tmp_path), "WBCWEB_TRUSTED_ORIGINS": value})
    assert site.trusted_origins == [
        "https://wbc.example.org:8443",
        "https://*.example.org",
        "http://[::1]:8000",
    ]


BUCKET = {
    "S3_BUCKET": "cells",
    "S3_ENDPOINT": "https://s3.example.org",
    "S3_ACCESS_KEY": "access",
    "S3_SECRET_KEY": "hunter2",
}


def with_bucket(tmp_path, **values: str):
    ours = {"DATA_DIR": str(tmp_path), **BUCKET, **values}
    return env.read({f"WBCWEB_{name}": value for name, value in ours.items()})


def test_a_bucket_is_taken(tmp_path):
    assert env.read({"WBCWEB_DATA_DIR": str(tmp_path)}).s3 is None
    assert with_bucket(tmp_path).s3 == {
        "name": "cells",
        "endpoint": "https://s3.example.org",
        "region": "us-east-1",
        "access_key": "access",
        "secret_key": "hunter2",
    }
    given_by_the_cloud = with_bucket(tmp_path, S3_ENDPOINT="", S3_ACCESS_KEY="", S3_SECRET_KEY="").s3
    assert (given_by_the_cloud["endpoint"], given_by_the_cloud["access_key"]) == (None, None)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"S3_BUCKET": "Cells"}, "S3_BUCKET is"),
        ({"S3_BUCKET": "a/b"}, "S3_BUCKET is"),
        (
            {"S3_BUCKET": ""},
            "S3_ENDPOINT, WBCWEB_S3_ACCESS_KEY, WBCWEB_S3_SECRET_KEY without WBCWEB_S3_BUCKET",
        ),
        ({"S3_ENDPOINT": "s3.example.org"}, "S3_ENDPOINT is"),
        ({"S3_ENDPOINT": "https://me:hunter2@s3.example.org"}, "S3_ENDPOINT is 's3.example.org'"),
        ({"S3_SECRET_KEY": ""}, "S3_ACCESS_KEY and WBCWEB_S3_SECRET_KEY go together"),
        ({"MAX_UPLOAD_MB": "4800"}, "MAX_UPLOAD_MB is"),
    ],
)
def test_half_a_bucket_is_refused_by_name(tmp_path, values, name):
    with pytest.raises(ImproperlyConfigured, match=f"WBCWEB_{name}") as caught:
        with_bucket(tmp_path, **values)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "[::1]", "192.168.0.7", "lab-pc"])
def test_hosts_are_taken(tmp_path, host):
    assert env.read({"WBCWEB_DATA_DIR": str(tmp_path), "WBCWEB_HOST": host}).host == host


def test_a_data_folder_that_cannot_be_made_is_refused_by_name(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ImproperlyConfigured, match=r"WBCWEB_DATA_DIR is .*Not a directory"):
        env.secret_key_in(tmp_path / "file" / "data")

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


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "[::1]", "192.168.0.7", "lab-pc"])
def test_hosts_are_taken(tmp_path, host):
    assert env.read({"WBCWEB_DATA_DIR": str(tmp_path), "WBCWEB_HOST": host}).host == host


def test_a_data_folder_that_cannot_be_made_is_refused_by_name(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ImproperlyConfigured, match=r"WBCWEB_DATA_DIR is .*Not a directory"):
        env.secret_key_in(tmp_path / "file" / "data")

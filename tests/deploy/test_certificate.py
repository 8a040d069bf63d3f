"""Certificates: made once, renewed before their time, and given ones looked at before they are used."""

import contextlib
import ssl
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from wbcweb import certificate

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from devkit import network

ROOT = Path(__file__).resolve().parents[2]


def write(
    folder: Path, *names: str, days: float = 90, key=None, issuer: str = "An Authority"
) -> tuple[Path, Path]:
    """Write a certificate as an authority would, with its key."""
    key = key or rsa.generate_private_key(65537, 2048)
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "site")]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=100))
        .not_valid_after(now + timedelta(days=days))
    )
    if names:
        made = made.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False
        )
    folder.mkdir(parents=True, exist_ok=True)
    chain, private = folder / certificate.CHAIN, folder / certificate.KEY
    chain.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    private.write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
    return chain, private


@pytest.mark.parametrize(
    "host", ["lab-pc", "wbc.example.org", "127.0.0.2", "[::1]", "x" * 63 + ".example.org"]
)
def test_it_is_made_once_for_its_host(tmp_path: Path, host: str) -> None:
    folder = tmp_path / "tls"
    made = certificate.ensure(host, folder)
    assert certificate.ensure(host, folder) == made
    assert made.self_signed
    assert timedelta(days=390) < made.until - datetime.now(UTC) < timedelta(days=398)
    assert stat.S_IMODE(made.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(path.name for path in folder.iterdir()) == [certificate.CHAIN, certificate.KEY]


def shake_hands(made: certificate.Certificate, name: str) -> None:
    """Let a server with the certificate and a client that trusts it alone meet, without a network."""
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(made.chain, made.key)
    client = ssl.create_default_context(cafile=str(made.chain))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = server.wrap_bio(to_server, to_client, server_side=True)
    theirs = client.wrap_bio(to_client, to_server, server_hostname=name)
    for _ in range(3):
        for side in (theirs, ours):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
    assert theirs.version() == "TLSv1.3"


def test_who_trusts_it_reaches_its_host_and_no_other(tmp_path: Path) -> None:
    made = certificate.ensure("lab-pc.test", tmp_path)
    shake_hands(made, "lab-pc.test")
    with pytest.raises(ssl.SSLCertVerificationError, match="not valid for 'other\\.test'"):
        shake_hands(made, "other.test")


def test_it_is_renewed_before_its_time_with_the_same_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(certificate, "VALID", timedelta(days=29))
        first = certificate.ensure("lab-pc", tmp_path)
    key = first.key.read_bytes()
    second = certificate.ensure("lab-pc", tmp_path)
    assert second.until > first.until
    assert second.fingerprint != first.fingerprint
    assert second.key.read_bytes() == key


def test_another_host_gets_another_certificate(tmp_path: Path) -> None:
    certificate.ensure("lab-pc", tmp_path)
    assert certificate.given("other-pc", *paths(certificate.ensure("other-pc", tmp_path))).self_signed


def paths(found: certificate.Certificate) -> tuple[Path, Path]:
    return found.chain, found.key


@pytest.mark.parametrize("damage", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_damaged_key_of_our_own_is_replaced(tmp_path: Path, damage: bytes) -> None:
    first = certificate.ensure("lab-pc", tmp_path)
    first.key.write_bytes(damage)
    second = certificate.ensure("lab-pc", tmp_path)
    assert second.fingerprint != first.fingerprint


@pytest.mark.parametrize(
    ("names", "host"),
    [
        (["wbc.example.org"], "wbc.example.org"),
        (["*.example.org"], "wbc.example.org"),
        (["a.example", "B.Example"], "b.example"),
    ],
)
def test_a_given_one_is_used_and_never_replaced(tmp_path: Path, names: list[str], host: str) -> None:
    chain, key = write(tmp_path, *names, days=1)
    before = chain.read_bytes(), key.read_bytes()
    found = certificate.ensure(host, tmp_path)
    assert not found.self_signed
    assert found.fingerprint.count(":") == 31
    assert (chain.read_bytes(), key.read_bytes()) == before


@pytest.mark.parametrize(
    ("names", "days", "words"),
    [
        (["other.example.org"], 90, "is not for wbc.example.org, but for other.example.org"),
        (["*.wbc.example.org"], 90, "is not for wbc.example.org"),
        (["*.org"], 90, "is not for wbc.example.org"),
        ([], 90, "but for no name at all"),
        (["wbc.example.org"], -1, "today is not within"),
    ],
)
def test_a_given_one_that_cannot_serve_is_said_and_stays(
    tmp_path: Path, names: list[str], days: float, words: str
) -> None:
    chain, key = write(tmp_path, *names, days=days)
    before = chain.read_bytes(), key.read_bytes()
    with pytest.raises(certificate.CertificateProblem, match=words):
        certificate.ensure("wbc.example.org", tmp_path)
    assert (chain.read_bytes(), key.read_bytes()) == before


def test_files_that_are_not_what_they_should_be_are_said(tmp_path: Path) -> None:
    chain, key = write(tmp_path, "lab-pc")
    with pytest.raises(certificate.CertificateProblem, match="cannot be read: No such file"):
        certificate.given("lab-pc", tmp_path / "nothing", key)
    with pytest.raises(certificate.CertificateProblem, match="holds no certificate"):
        certificate.given("lab-pc", key, key)
    with pytest.raises(certificate.CertificateProblem, match="cannot be used"):
        certificate.given("lab-pc", chain, chain)
    other = ec.generate_private_key(ec.SECP256R1())
    _, foreign = write(tmp_path / "other", "lab-pc", key=other)
    with pytest.raises(certificate.CertificateProblem, match="does not belong"):
        certificate.given("lab-pc", chain, foreign)


def test_a_site_that_runs_looks_every_hour_and_tells_of_a_new_fingerprint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = certificate.ensure("lab-pc", tmp_path)
    clock = iter([0.0, 1.0, 3599.0, 3601.0, 3601.0])
    monkeypatch.setattr(network.time, "monotonic", lambda: next(clock))
    tend = network._renewing("lab-pc", tmp_path, first.fingerprint)
    monkeypatch.setattr(certificate, "RENEWED_BEFORE", certificate.VALID + timedelta(days=1))
    tend()
    tend()
    assert capsys.readouterr().out == ""
    tend()
    second = certificate.given("lab-pc", *paths(first))
    assert second.fingerprint != first.fingerprint
    assert second.fingerprint in capsys.readouterr().out


def test_given_files_are_the_door_s_own(tmp_path: Path) -> None:
    chain, key = write(tmp_path, "lab-pc")
    settings = SimpleNamespace(host="lab-pc", port=443, data_dir=tmp_path / "data")
    door = network._door(settings, ["127.0.0.1"], str(chain), str(key))
    assert (door.url, door.certificate, door.tend) == ("https://lab-pc/", (chain, key), None)
    assert "self-signed" not in door.words
    assert not (tmp_path / "data").exists()


def test_given_files_are_read_by_the_name_they_were_given(tmp_path: Path) -> None:
    """A program that renews certificates points links at new files; the web server reads them for each connection."""
    write(tmp_path / "archive", "lab-pc")
    links = []
    for name in (certificate.CHAIN, certificate.KEY):
        links.append(tmp_path / name)
        links[-1].symlink_to(tmp_path / "archive" / name)
    settings = SimpleNamespace(host="lab-pc", port=8443, data_dir=tmp_path / "data")
    assert network._door(settings, ["127.0.0.1"], *map(str, links)).certificate == tuple(links)


def test_the_command_prints_the_fingerprint_that_openssl_sees(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "wbcweb.certificate", "lab-pc", str(tmp_path / "tls")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    seen = x509.load_pem_x509_certificate((tmp_path / "tls" / certificate.CHAIN).read_bytes())
    assert seen.fingerprint(hashes.SHA256()).hex() == done.stdout.split()[-1].replace(":", "").lower()
    assert "is valid until" in done.stdout
    (tmp_path / "tls" / certificate.CHAIN).write_text("nonsense")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "holds no certificate" in done.stderr

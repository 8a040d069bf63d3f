"""Certificates for HTTPS: one that the site signs itself, and the reading of one that was given.

``python -m wbcweb.certificate HOST FOLDER`` makes or renews a self-signed one in a folder.
"""

import contextlib
import ipaddress
import os
import secrets
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CHAIN, KEY = "fullchain.pem", "privkey.pem"
VALID = timedelta(days=397)
"""As long as browsers take one that a public authority signed."""
RENEWED_BEFORE = timedelta(days=30)

_ORGANISATION = "wbcweb, self-signed"
_CLOCKS_DIFFER = timedelta(hours=1)


class CertificateProblem(Exception):  # noqa: N818 - a word to the person who gave the files
    """A certificate cannot be used, said in one sentence."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its key, as files; the fingerprint is SHA-256 over the certificate."""

    chain: Path
    key: Path
    fingerprint: str
    until: datetime
    self_signed: bool


def ensure(host: str, folder: Path) -> Certificate:
    """Return the folder's self-signed certificate for a host, made or renewed when that is due.

    The key stays when the certificate is renewed, so that a server which reads both anew never meets a pair that does
    not match.

    Files that somebody else has put there are used, and never replaced.

    Args:
        host: Name or address under which the site is reached.
        folder: Where the two files lie; made for its owner alone when it is missing.

    Raises:
        CertificateProblem: when somebody else's files cannot be used.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    chain, key = folder / CHAIN, folder / KEY
    if chain.exists():
        found = _read(chain)
        if not _ours(found):
            return given(host, chain, key)
        with contextlib.suppress(CertificateProblem):
            if found.not_valid_after_utc - datetime.now(UTC) > RENEWED_BEFORE:
                return given(host, chain, key)
    _write(chain, _signed(host, _own_key(key)).public_bytes(serialization.Encoding.PEM), mode=0o644)
    return given(host, chain, key)


def given(host: str, chain: Path, key: Path) -> Certificate:
    """Return a certificate from files after looking whether it can serve a host.

    Raises:
        CertificateProblem: when it cannot: unreadable, another key's, out of date, for another name.
    """
    certificate = _read(chain)
    try:
        private = serialization.load_pem_private_key(_bytes(key), password=None)
    except (ValueError, TypeError):
        raise CertificateProblem(
            f"The key {key} cannot be used: give it as PEM, without a password."
        ) from None
    if _public(private.public_key()) != _public(certificate.public_key()):
        raise CertificateProblem(f"The key {key} does not belong to the certificate {chain}.")
    begin, until = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not begin <= datetime.now(UTC) <= until:
        raise CertificateProblem(
            f"The certificate {chain} is valid from {begin:%Y-%m-%d} to {until:%Y-%m-%d}, and today is not within."
        )
    names = _names(certificate)
    if not any(_covers(name, host) for name in names):
        shown = ", ".join(names) or "no name at all"
        raise CertificateProblem(f"The certificate {chain} is not for {host}, but for {shown}.")
    return Certificate(
        chain=chain,
        key=key,
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
        until=until,
        self_signed=certificate.issuer == certificate.subject,
    )


def _own_key(path: Path) -> ec.EllipticCurvePrivateKey:
    with contextlib.suppress(CertificateProblem, ValueError, TypeError):
        kept = serialization.load_pem_private_key(_bytes(path), password=None)
        if isinstance(kept, ec.EllipticCurvePrivateKey):
            return kept
    fresh = ec.generate_private_key(ec.SECP256R1())
    pem = fresh.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(path, pem, mode=0o600)
    return fresh


def _signed(host: str, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, host.strip("[]")[:64]),
        ]
    )
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName([_general_name(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return x509.DNSName(host)


def _read(chain: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificates(_bytes(chain))[0]
    except ValueError:
        raise CertificateProblem(
            f"{chain} holds no certificate: give it as PEM, the site's own first."
        ) from None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CertificateProblem(f"{path} cannot be read: {error.strerror}.") from None


def _ours(certificate: x509.Certificate) -> bool:
    """Say whether ``ensure`` has made it, so that it may be replaced."""
    issuers = certificate.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return [issuer.value for issuer in issuers] == [_ORGANISATION]


def _public(key: object) -> bytes:
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(encoding, form)  # type: ignore[attr-defined]


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    addresses = [str(address) for address in found.get_values_for_type(x509.IPAddress)]
    return [*found.get_values_for_type(x509.DNSName), *addresses]


def _covers(name: str, host: str) -> bool:
    """Say whether a name in a certificate stands for a host; a star stands for one label (RFC 6125, 6.4.3)."""
    host, name = host.strip("[]").lower(), name.lower()
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host) == ipaddress.ip_address(name)
    return name == host or (name.startswith("*.") and host.partition(".")[2] == name[2:])


def _write(path: Path, data: bytes, *, mode: int) -> None:
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
        os.fchmod(stream.fileno(), mode)
        stream.write(data)
    fresh.replace(path)


def main(arguments: list[str]) -> int:
    """Make or renew a self-signed certificate, or look at the one that somebody has put into the folder."""
    if len(arguments) != 2:
        sys.stderr.write("Usage: python -m wbcweb.certificate HOST FOLDER\n")
        return 2
    try:
        certificate = ensure(arguments[0], Path(arguments[1]))
    except CertificateProblem as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    signer = "The site's own certificate" if certificate.self_signed else "The certificate"
    sys.stdout.write(
        f"{signer} for {arguments[0]} is valid until {certificate.until:%Y-%m-%d}.\n"
        f"SHA-256 fingerprint: {certificate.fingerprint}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

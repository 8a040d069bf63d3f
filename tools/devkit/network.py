"""`make serve HOST=...`: the site for other computers too, by HTTPS."""

from __future__ import annotations

import argparse
import ipaddress
import os
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from devkit.common import Problem, say
from devkit.serve import Door, can_listen, read_settings

PORT = 8443
_EVERYWHERE = "0.0.0.0"  # noqa: S104 - that is what the command is for
_LOOKED_AT_EVERY_S = 3600.0


def prepare(arguments: Sequence[str]) -> Callable[[Any], Door]:
    """Put what the command line says into the site's environment; return the function that opens its door.

    Raises:
        Problem: when the site cannot be reached in this way.
    """
    parser = argparse.ArgumentParser(prog="make serve")
    for name in ("host", "cert", "key", "listen"):
        parser.add_argument(f"--{name}", default="")
    asked = parser.parse_args(arguments)
    host = asked.host.strip().strip("[]").lower() or os.environ.get("WBCWEB_HOST", "").strip()
    if not host:
        raise Problem(
            "Say under which name other computers reach this one: `make serve HOST=lab-pc.example.org`, or its "
            f"address, such as HOST={_own_address()}."
        )
    if bool(asked.cert) != bool(asked.key):
        raise Problem(
            "CERT= and KEY= go together: give both files, or neither for a self-signed certificate."
        )
    _set_environment(host)
    addresses = [asked.listen.strip("[]")] if asked.listen else addresses_for(host)
    if not can_listen(addresses[0]):
        raise Problem(
            f"{addresses[0]} is not an address of this machine; LISTEN= names the one to listen on."
        )

    def open_door(settings: Any) -> Door:
        return _door(settings, addresses, asked.cert, asked.key)

    return open_door


def addresses_for(host: str) -> list[str]:
    """Return where to listen so that a name or an address reaches the site."""
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError:
        found = set()
    if not any(can_listen(address) for address in found):
        known = "stands for another machine" if found else "is not known"
        say(f"Note: on this machine the name {host} {known}; other computers must find this one by it.")
    return [_EVERYWHERE]


def _set_environment(host: str) -> None:
    """Set what the site needs to know; what the person has set already stays, where it does no harm."""
    port = os.environ.get("WBCWEB_PORT", "").strip() or str(PORT)
    origin = f"https://{_bracketed(host)}:{port}".removesuffix(":443")
    names = [name for name in os.environ.get("WBCWEB_ALLOWED_HOSTS", "").split(",") if name.strip()]
    os.environ |= {
        "WBCWEB_HOST": host,
        "WBCWEB_PORT": port,
        "WBCWEB_HTTPS": "true",
        # Other things on this machine may still speak HTTP, and a self-signed certificate must stay replaceable.
        "WBCWEB_HSTS": os.environ.get("WBCWEB_HSTS", "").strip() or "false",
        "WBCWEB_ALLOWED_HOSTS": ",".join(dict.fromkeys([_bracketed(host), *names])),
        "WBCWEB_TRUSTED_ORIGINS": os.environ.get("WBCWEB_TRUSTED_ORIGINS", "").strip() or origin,
    }
    if read_settings().debug:
        raise Problem(
            "WBCWEB_DEBUG shows settings and data to everybody: unset it before others reach the site."
        )


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _door(settings: Any, addresses: list[str], chain: str, key: str) -> Door:
    from wbcweb import certificate

    folder = settings.data_dir / "tls"
    try:
        if chain:
            found = certificate.given(settings.host, Path(chain).expanduser(), Path(key).expanduser())
        else:
            found = certificate.ensure(settings.host, folder)
    except certificate.CertificateProblem as problem:
        raise Problem(str(problem)) from None
    words = f"Its certificate is valid until {found.until:%Y-%m-%d}."
    if found.self_signed:
        words = (
            f"Its certificate is self-signed and valid until {found.until:%Y-%m-%d}: a browser asks once whether to "
            f"trust it.\nTrust it only when the browser shows the same SHA-256 fingerprint:\n{found.fingerprint}"
        )
    tend = None if chain else _renewing(settings.host, folder, found.fingerprint)
    url = f"https://{_bracketed(settings.host)}:{settings.port}/".replace(":443/", "/")
    # Not followed through links: a program that renews certificates points the link at the new file.
    pair = (found.chain.absolute(), found.key.absolute())
    return Door(url, addresses, settings.port, certificate=pair, words=words, tend=tend)


def _renewing(host: str, folder: Path, fingerprint: str) -> Callable[[], None]:
    """Return a function that renews the certificate when it is due; the web server reads it for each connection."""
    from wbcweb import certificate

    known, due = fingerprint, time.monotonic() + _LOOKED_AT_EVERY_S

    def tend() -> None:
        nonlocal known, due
        if time.monotonic() < due:
            return
        due = time.monotonic() + _LOOKED_AT_EVERY_S
        try:
            found = certificate.ensure(host, folder)
        except (certificate.CertificateProblem, OSError) as problem:
            say(f"The certificate could not be renewed: {problem}")
            return
        if found.fingerprint != known:
            known = found.fingerprint
            say(f"The certificate was renewed; its SHA-256 fingerprint is now:\n{known}")

    return tend


def _own_address() -> str:
    """Return the address by which this machine reaches others, for an example."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent
        except OSError:
            return "192.168.0.7"
        return str(probe.getsockname()[0])

"""`make configure HOST=...`: write the settings of docker-compose.yml, with fresh secrets, once."""

from __future__ import annotations

import argparse
import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path

from devkit.common import ROOT, Problem, say

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def configure(arguments: Sequence[str], *, folder: Path = ROOT) -> int:
    """Write .env for its owner alone; one that is there already is left as it is.

    Raises:
        Problem: when a value makes no sense, or the file is there.
    """
    parser = argparse.ArgumentParser(prog="make configure")
    for name in ("host", "email", "gpu", "s3"):
        parser.add_argument(f"--{name}", default="")
    asked = parser.parse_args(arguments)
    host, email = asked.host.strip().lower(), asked.email.strip()
    if not _HOST.fullmatch(host):
        raise Problem(
            "Say under which name people will reach the site: `make configure HOST=wbc.example.org`."
        )
    if email and not _EMAIL.fullmatch(email):
        raise Problem(f"EMAIL={email} is no e-mail address.")
    target = folder / ".env"
    example = (folder / ".env.example").read_text(encoding="utf-8")
    text = fill(example, values(host=host, email=email, gpu=bool(asked.gpu), s3=bool(asked.s3)))
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Problem(
            f"{target.name} is there already, and its secrets are in use: change it by hand, or move it away first."
        ) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    say(
        f"{target.name} is written; only your account can read it. Start with: docker compose up --detach --wait"
    )
    return 0


def values(*, host: str, email: str, gpu: bool, s3: bool) -> dict[str, str]:
    """Return the settings to be filled in. Secrets have 256 random bits, in characters that an address may hold."""
    found = {
        "WBCWEB_HOST": host,
        "WBCWEB_SECRET_KEY": secrets.token_hex(32),
        "WBCWEB_POSTGRES_PASSWORD": secrets.token_hex(32),
        "WBCWEB_REDIS_PASSWORD": secrets.token_hex(32),
        "WBCWEB_ADMIN_EMAIL": email or f"admin@{host}",
        "COMPOSE_PROFILES": ",".join(["gpu" if gpu else "cpu", *(["s3"] if s3 else [])]),
    }
    if gpu:
        found["WBCWEB_CPU_QUEUES"] = "default"
    if s3:
        found |= {
            "WBCWEB_S3_BUCKET": "wbcweb",
            "WBCWEB_S3_ENDPOINT": "http://seaweedfs:8333",
            "WBCWEB_S3_ACCESS_KEY": secrets.token_hex(10),
            "WBCWEB_S3_SECRET_KEY": secrets.token_hex(32),
        }
    return found


def fill(example: str, found: dict[str, str]) -> str:
    """Return the example with values in their lines.

    Raises:
        KeyError: when the example has no line for one of them.
    """
    left = dict(found)
    lines = []
    for line in example.splitlines():
        name = line.lstrip("#").partition("=")[0]
        lines.append(f"{name}={left.pop(name)}" if name in left else line)
    if left:
        raise KeyError(f"Without a line in .env.example: {', '.join(left)}")
    text = "\n".join(lines) + "\n"
    return text.replace("writes a file .env with fresh secrets; this one only explains.", "wrote it.")

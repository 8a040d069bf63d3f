"""`make run` and `make serve`, second half: in the virtual environment, from the migrations to the end of the site."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import ipaddress
import json
import os
import socket
import ssl
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devkit.common import ROOT, Problem, digest, is_current, require_space, require_writable, say, set_stamp
from devkit.supervisor import Part, Supervisor

_DATA_GB = 0.5
_ANSWER_S = 2.0


@dataclass(frozen=True)
class Door:
    """How people reach the site.

    Args:
        url: What to type into a browser.
        addresses: Where the web server listens.
        port: And on which port.
        certificate: The files of certificate and key, for HTTPS.
        words: What else is to be said once the site runs.
        tend: Called about ten times a second while it runs.
    """

    url: str
    addresses: list[str]
    port: int
    certificate: tuple[Path, Path] | None = None
    words: str = ""
    tend: Callable[[], None] | None = None


def serve(open_door: Callable[[Any], Door]) -> int:
    """Prepare the data folder and run the site until a signal comes; return the exit status.

    Args:
        open_door: Makes the way to reach the site from its settings.
    """
    settings = read_settings()
    data_dir: Path = settings.data_dir
    require_writable(data_dir, what="The data folder")
    require_space(data_dir, _DATA_GB, what="running the site")
    keep_private(data_dir)
    door = open_door(settings)
    with _running_once(data_dir, door.url) as other:
        if other is not None:
            say(f"wbcweb is already running at {other['url']} (process {other['pid']}); nothing was started.")
            return 0
        for address in door.addresses:
            require_free_port(address, door.port)
        collect_static()
        _bootstrap()
        site = Supervisor(
            _parts(settings, door),
            cwd=ROOT,
            logs=data_dir / "logs",
            environment={"WBCWEB_DATA_DIR": str(data_dir)},
        )
        return site.run(_announce(door))


def keep_private(folder: Path) -> None:
    """Make a folder when it is missing, and let nobody but its owner and its group look into it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(PermissionError):  # of another owner; the self-check says what to do
        folder.chmod(stat.S_IMODE(folder.stat().st_mode) & ~0o007)


def own_machine(settings: Any) -> Door:
    """Return the door of `make run`: this machine only, without HTTPS."""
    addresses = loopback_addresses(settings.host)
    return Door(f"http://{settings.host}:{settings.port}/", addresses, settings.port)


def read_settings() -> Any:
    """Read the site's settings from the environment; raise Problem with the sentence of a wrong one."""
    sys.path.insert(0, str(ROOT))
    from django.core.exceptions import ImproperlyConfigured

    from wbcweb import env

    try:
        return env.read()
    except ImproperlyConfigured as error:
        raise Problem(str(error)) from None


def loopback_addresses(host: str) -> list[str]:
    """Return the addresses to listen on for a host name; raise Problem when others could reach them."""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError:
        found = set()
    if not found or not all(ipaddress.ip_address(address.split("%")[0]).is_loopback for address in found):
        raise Problem(
            f"WBCWEB_HOST is {host!r}, but `make run` serves this machine alone: use localhost, or "
            "`make serve HOST=...` for others."
        )
    # IPv4 first; IPv6 only where the machine has it: browsers try both for "localhost".
    ordered = sorted(found, key=lambda address: ":" in address)
    return [address for address in ordered if address == ordered[0] or can_listen(address)]


def can_listen(address: str) -> bool:
    """Say whether an address is one of this machine."""
    try:
        with socket.socket(_family(address)) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def require_free_port(address: str, port: int) -> None:
    """Raise Problem when another program listens there, or the port is one for the system alone."""
    with socket.socket(_family(address)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EACCES:
                raise Problem(
                    f"Port {port} is for the system only: choose one above 1023 with WBCWEB_PORT=8000."
                ) from None
            raise Problem(
                f"Port {port} is in use by another program: stop that program, or choose another port with "
                f"`WBCWEB_PORT={port + 1 if port < 65535 else 8000} make run`."
            ) from None


@contextlib.contextmanager
def _running_once(data_dir: Path, url: str) -> Iterator[dict[str, Any] | None]:
    """Hold the data folder's lock; yield what is known of the site that holds it already, else None."""
    with (data_dir / "run.lock").open("a+", encoding="utf-8") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.seek(0)
            try:
                yield json.loads(stream.read())
            except ValueError:  # the other one is between the lock and its note
                yield {"url": url, "pid": "just starting"}
            return
        stream.seek(0)
        stream.truncate()
        stream.write(json.dumps({"url": url, "pid": os.getpid()}))
        stream.flush()
        yield None


def collect_static() -> None:
    """Gather style sheets, scripts and pictures, with hashed names, when any of them or a package changed."""
    stamp = ROOT / "staticfiles" / ".stamp"
    sources = [ROOT / "static", *sorted((ROOT / "apps").glob("*/static")), ROOT / "requirements" / "base.txt"]
    wanted = digest(sources)
    if is_current(stamp, wanted):
        return
    say("Gathering the site's static files ...")
    _manage(
        "collectstatic",
        "--noinput",
        "--clear",
        "--verbosity",
        "0",
        why="The static files could not be gathered",
    )
    set_stamp(stamp, wanted)


def _bootstrap() -> None:
    _manage("bootstrap", "--backup-first", why="The site could not be prepared")


def _manage(command: str, *arguments: str, why: str) -> None:
    done = subprocess.run([sys.executable, "manage.py", command, *arguments], cwd=ROOT, check=False)
    if done.returncode != 0:
        raise Problem(f"{why}; what stopped it stands above.")


def _parts(settings: Any, door: Door) -> list[Part]:
    """Return the programs of the site: a broker's address decides who wakes the workers."""
    web = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"]
    web += ["--graceful-timeout", "10"]  # the person at the terminal waits
    for address in door.addresses:
        web += ["--bind", f"{_bracketed(address)}:{door.port}"]
    if door.certificate is not None:
        chain, key = door.certificate
        web += ["--certfile", str(chain), "--keyfile", str(key)]
    manage = [sys.executable, "manage.py"]
    if settings.redis_url is None:
        return [Part("web", web), Part("worker", [*manage, "worker"])]
    celery = [sys.executable, "-m", "celery", "--quiet", "--app", "wbcweb", "worker", "--loglevel", "warning"]
    return [
        Part("web", web),
        Part("short", [*celery, "--queues", "default,gpu-short", "--hostname", "short@%h"]),
        Part("long", [*celery, "--queues", "gpu-long", "--hostname", "long@%h"]),
        Part("reaper", [*manage, "reaper"]),
    ]


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _announce(door: Door) -> Callable[[], None]:
    """Return a function that prints the site's address once, as soon as it answers."""
    told = False
    # An address that stands for all of this machine cannot be called everywhere.
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(door.addresses[0], door.addresses[0])  # noqa: S104
    scheme = "http" if door.certificate is None else "https"
    probe = f"{scheme}://{_bracketed(address)}:{door.port}/live"
    # Whether it is the right certificate was looked at before; here the site talks to itself.
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusting)
    )

    def tick() -> None:
        nonlocal told
        if door.tend is not None:
            door.tend()
        if told:
            return
        try:
            opener.open(probe, timeout=_ANSWER_S).close()
        except urllib.error.HTTPError:
            pass  # an answer all the same
        except OSError:
            return
        told = True
        words = f"{door.words}\n" if door.words else ""
        say(f"\nwbcweb is running at {door.url}\n{words}Stop it with Ctrl+C.\n")

    return tick

"""`make run`, second half: runs in the virtual environment, from the migrations to the end of the site."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import ipaddress
import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from devkit.common import ROOT, Problem, digest, is_current, require_space, require_writable, say, set_stamp
from devkit.supervisor import Part, Supervisor

_DATA_GB = 0.5
_ANSWER_S = 2.0


def serve() -> int:
    """Prepare the data folder and run the site until a signal comes; return the exit status."""
    settings = _settings()
    data_dir: Path = settings.data_dir
    require_writable(data_dir, what="The data folder")
    require_space(data_dir, _DATA_GB, what="running the site")
    addresses = loopback_addresses(settings.host)
    data_dir.mkdir(parents=True, exist_ok=True)
    url = f"http://{settings.host}:{settings.port}/"
    with _running_once(data_dir, url) as other:
        if other is not None:
            say(f"wbcweb is already running at {other['url']} (process {other['pid']}); nothing was started.")
            return 0
        for address in addresses:
            require_free_port(address, settings.port)
        _collect_static()
        _bootstrap()
        site = Supervisor(
            _parts(settings, addresses),
            cwd=ROOT,
            logs=data_dir / "logs",
            environment={"WBCWEB_DATA_DIR": str(data_dir)},
        )
        return site.run(_announce(url, addresses[0], settings.port))


def _settings() -> Any:
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
            f"WBCWEB_HOST is {host!r}, but `make run` serves this machine alone: use localhost, and a web "
            "server of your own in front of it for others."
        )
    # IPv4 first; IPv6 only where the machine has it: browsers try both for "localhost".
    ordered = sorted(found, key=lambda address: ":" in address)
    return [address for address in ordered if address == ordered[0] or _can_listen(address)]


def _can_listen(address: str) -> bool:
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


def _collect_static() -> None:
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
    _manage("bootstrap", why="The site could not be prepared")


def _manage(command: str, *arguments: str, why: str) -> None:
    done = subprocess.run([sys.executable, "manage.py", command, *arguments], cwd=ROOT, check=False)
    if done.returncode != 0:
        raise Problem(f"{why}; what stopped it stands above.")


def _parts(settings: Any, addresses: list[str]) -> list[Part]:
    """Return the programs of the site: a broker's address decides who wakes the workers."""
    cores = os.cpu_count() or 1
    web = [sys.executable, "-m", "gunicorn", "wbcweb.wsgi", "--worker-class", "gthread", "--threads", "8"]
    web += [
        "--workers",
        "1" if cores < 4 else "2",
        "--timeout",
        "120",
        "--graceful-timeout",
        "10",
        "--no-control-socket",
    ]
    web += ["--log-level", "warning"]
    memory = Path("/dev/shm")  # noqa: S108 - gunicorn's heartbeat files must not wait for a disk
    if memory.is_dir():
        web += ["--worker-tmp-dir", str(memory)]
    for address in addresses:
        web += ["--bind", f"[{address}]:{settings.port}" if ":" in address else f"{address}:{settings.port}"]
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


def _announce(url: str, address: str, port: int) -> Callable[[], None]:
    """Return a function that prints the site's address once, as soon as it answers."""
    told = False
    probe = f"http://[{address}]:{port}/" if ":" in address else f"http://{address}:{port}/"
    opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))

    def tick() -> None:
        nonlocal told
        if told:
            return
        try:
            opener.open(probe, timeout=_ANSWER_S).close()
        except urllib.error.HTTPError:
            pass  # an answer all the same: the sign-in page is a redirect away
        except OSError:
            return
        told = True
        say(f"\nwbcweb is running at {url}\nStop it with Ctrl+C.\n")

    return tick


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object, **_kwargs: object) -> None:
        return None

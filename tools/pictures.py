"""Take the pictures of the manual: a fresh site, walked through as the manual tells it, with drawn smears only.

Run as `.venv/bin/python tools/pictures.py` after `make test` has set the machine up; needs Chromium. Pictures go to
static/manual/, from where the site shows them too; words of the command line choose some (`slide trash`).
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from devkit.serve import collect_static

ROOT = Path(__file__).resolve().parents[1]
_START_S = 120.0


def main(wanted: list[str]) -> int:
    """Prepare a site in a temporary folder, walk through it, write the pictures."""
    sys.path.insert(0, str(ROOT))
    from walk import Walk  # needs what the set-up installs

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("Chromium is missing: install it (on Debian and Ubuntu: apt install chromium).")
    with tempfile.TemporaryDirectory(prefix="wbcweb-pictures-") as folder:
        password = secrets.token_urlsafe(18)
        with site(Path(folder), password) as address:
            Walk(address, password, chromium, folder=Path(folder), wanted=wanted).take_all()
    return 0


@contextmanager
def site(folder: Path, password: str) -> Iterator[str]:
    """Run a fresh site with its worker while a block runs; yield its address."""
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("WBCWEB_")},
        "WBCWEB_DATA_DIR": str(folder / "data"),
        "WBCWEB_PORT": str(port),
        "WBCWEB_ADMIN_PASSWORD": password,
        "WBCWEB_MIN_FREE_MB": "64",  # whoever takes pictures may have little room
    }
    python = sys.executable
    collect_static()
    subprocess.run([python, "manage.py", "bootstrap"], cwd=ROOT, env=environment, check=True)
    web = [python, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "--bind", f"127.0.0.1:{port}"]
    with ExitStack() as running:
        for program in (web, [python, "manage.py", "worker"]):
            process = subprocess.Popen(program, cwd=ROOT, env=environment)
            running.callback(process.wait)
            running.callback(process.terminate)
        wait_for(port)
        yield f"http://localhost:{port}"


def free_port() -> int:
    """Return a port of this machine on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Wait until something listens on a port of this machine."""
    deadline = time.monotonic() + _START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

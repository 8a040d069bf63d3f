"""Take the README's picture: a fresh site, its demonstration slide as the shipped weights analysed it.

Run as `.venv/bin/python tools/picture.py` after `make test` has set the machine up; needs Chromium.
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
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "images" / "slide.png"
EMAIL = "admin@localhost"
SIZE = {"width": 1280, "height": 800}
_START_S = 60.0


def main() -> int:
    """Prepare a site in a temporary folder, photograph its slide page, write docs/images/slide.png."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("Chromium is missing: install it (on Debian and Ubuntu: apt install chromium).")
    password = secrets.token_urlsafe(18)
    with tempfile.TemporaryDirectory(prefix="wbcweb-picture-") as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = {
            **os.environ,
            "WBCWEB_DATA_DIR": folder,
            "WBCWEB_ADMIN_EMAIL": EMAIL,
            "WBCWEB_ADMIN_PASSWORD": password,
        }
        for command in (["collectstatic", "--noinput", "--verbosity", "0"], ["bootstrap"]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True)
        server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "gunicorn",
                "wbcweb.wsgi",
                "--threads",
                "8",
                "--bind",
                f"127.0.0.1:{port}",
            ],
            cwd=ROOT,
            env=environment,
        )
        try:
            wait_for(port)
            photograph(chromium, f"http://127.0.0.1:{port}", password)
        finally:
            server.terminate()
            server.wait()
    return 0


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


def photograph(chromium: str, address: str, password: str) -> None:
    """Sign in, open the slide, select its first cell and write the picture."""
    from playwright.sync_api import sync_playwright  # not there before the set-up

    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium, args=["--disable-gpu", *sandbox])
        page = browser.new_page(viewport=SIZE, color_scheme="light", base_url=address)
        page.goto("/accounts/login/")
        page.fill("input[name=login]", EMAIL)
        page.fill("input[name=password]", password)
        page.press("input[name=password]", "Enter")
        page.wait_for_url("**/")
        page.goto("/projects/")
        page.get_by_role("link", name="Demonstration").first.click()
        page.get_by_role("link", name="Simulated smear").first.click()
        cells = page.get_by_role("listbox").get_by_role("option")
        cells.first.click()
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(2_000)  # the viewer's spring comes to rest
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=TARGET)
        browser.close()


if __name__ == "__main__":
    sys.exit(main())

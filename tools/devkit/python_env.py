"""The virtual environment: made when missing, filled from the pinned files, left alone when current."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from devkit.common import (
    ROOT,
    SET_UP,
    VENV,
    Problem,
    digest,
    is_current,
    only_one,
    require_space,
    require_writable,
    run_logged,
    say,
    set_stamp,
    tail,
)

PYTHON = VENV / "bin" / "python"
_FIRST_INSTALL_GB = 9.0  # torch brings the CUDA libraries along on Linux
_UPDATE_GB = 1.0
_UNREACHABLE = re.compile(
    r"NewConnectionError|Connection refused|Name or service not known|Temporary failure in name resolution|"
    r"ConnectTimeout|Read timed out|Max retries exceeded|ProxyError|SSLError|Network is unreachable|"
    r"Connection aborted|nodename nor servname|Failed to establish"
)


def ensure(kind: str) -> None:
    """Make sure that the virtual environment holds requirements/<kind>.txt, "base" or "dev"."""
    # An environment for development stays one when the site is run from it.
    kind = "dev" if kind == "dev" or _stamp("dev").exists() else "base"
    wanted = digest([_lock_file(kind)], sys.version.split()[0])
    if is_current(_stamp(kind), wanted) and _works():
        return
    require_writable(ROOT, what="The project's folder")
    with only_one(SET_UP / "python.lock", waiting="Waiting for another set-up in this folder to end ..."):
        if is_current(_stamp(kind), wanted) and _works():
            return
        fresh = not _works()
        require_space(ROOT, _FIRST_INSTALL_GB if fresh else _UPDATE_GB, what="installing the Python packages")
        if fresh:
            _create()
        say(
            "Installing the pinned Python packages"
            + (" (several gigabytes the first time) ..." if fresh else " ...")
        )
        _install(_lock_file(kind))
        set_stamp(_stamp(kind), wanted)


def install(requirements: Path) -> None:
    """Install one more requirement file into the environment, once."""
    stamp = VENV / f".{requirements.stem}.stamp"
    wanted = digest([requirements])
    if not is_current(stamp, wanted):
        _install(requirements)
        set_stamp(stamp, wanted)


def _lock_file(kind: str) -> Path:
    return ROOT / "requirements" / f"{kind}.txt"


def _stamp(kind: str) -> Path:
    return VENV / f".{kind}.stamp"


def _works() -> bool:
    """Say whether the environment's Python starts: it does not after its base was removed or upgraded."""
    if not PYTHON.exists() or not (VENV / "bin" / "pip").exists():
        return False
    return subprocess.run([PYTHON, "-I", "-c", ""], capture_output=True, check=False).returncode == 0


def _create() -> None:
    say(f"Making the virtual environment in {VENV.name}/ with Python {sys.version.split()[0]} ...")
    status, output = run_logged([sys.executable, "-m", "venv", "--clear", VENV], SET_UP / "venv.log")
    if status == 0 and _works():
        return
    if "ensurepip" in output or "No module named venv" in output:
        raise Problem(
            "Python's venv module is missing: install it (on Debian and Ubuntu: apt install "
            f"python{sys.version_info[0]}.{sys.version_info[1]}-venv), then run make again."
        )
    raise Problem(f"The virtual environment could not be made:\n{tail(output)}")


def _install(requirements: Path) -> None:
    log = SET_UP / f"pip-{requirements.stem}.log"
    command = [PYTHON, "-m", "pip", "install", "--progress-bar", "off", "--no-input", "-r", requirements]
    status, output = run_logged(command, log)
    if status == 0:
        return
    if "No space left on device" in output:
        raise Problem(f"The disk is full: pip could not install the packages of {requirements.name}.")
    if _UNREACHABLE.search(output):
        raise Problem(
            "pip could not reach its package registry: check the network, or pip's settings with "
            f"`{PYTHON} -m pip config list`; its whole output is in {log}."
        )
    raise Problem(
        f"pip could not install {requirements.name} (its whole output is in {log}):\n{tail(output)}"
    )

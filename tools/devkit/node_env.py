"""Node and the browser's scripts: the machine's Node when new enough, else one in the virtual environment."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from devkit import python_env
from devkit.common import (
    FRONTEND,
    ROOT,
    SET_UP,
    VENV,
    Problem,
    digest,
    is_current,
    only_one,
    run_logged,
    say,
    set_stamp,
    tail,
)

MINIMUM = (20, 19)  # what the front end's bundler and test runner ask for
BUILD = ROOT / "static" / "build"
_UNREACHABLE = re.compile(
    r"ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ECONNRESET|ENETUNREACH|network|ERR_SOCKET"
)


@dataclass(frozen=True)
class Node:
    """Where node and npm are; `version` as node prints it."""

    folder: Path
    version: str

    def environment(self) -> dict[str, str]:
        """Return the variables under which npm finds this node."""
        return {"PATH": f"{self.folder}{os.pathsep}{os.environ.get('PATH', '')}"}

    def npm(self, *arguments: str) -> list[str]:
        """Return the command line of an npm call."""
        return [str(self.folder / "npm"), *arguments]


def find() -> Node:
    """Return the machine's Node when it is new enough and has npm, else install one in .venv."""
    found = _machine_node()
    if found is not None:
        return found
    requirements = ROOT / "requirements" / "node.txt"
    inside = VENV / "bin"
    if not (inside / "node").exists():
        say("Node is missing or too old on this machine: installing one in the virtual environment ...")
    python_env.install(requirements)
    version = _version(inside / "node")
    if version is None or not (inside / "npm").exists():
        raise Problem(
            f"Node {MINIMUM[0]}.{MINIMUM[1]} or newer with npm is needed to build the browser's scripts, and "
            "the one from requirements/node.txt does not start on this machine: install Node, then run make "
            "again."
        )
    return Node(inside, version)


def ensure_packages(node: Node) -> None:
    """Install the locked npm packages, unless they are there already."""
    stamp = FRONTEND / "node_modules" / ".stamp"
    wanted = digest([FRONTEND / "package.json", FRONTEND / "package-lock.json"], node.version)
    if is_current(stamp, wanted):
        return
    with only_one(SET_UP / "npm.lock", waiting="Waiting for another set-up of the front end to end ..."):
        if is_current(stamp, wanted):
            return
        say("Installing the locked packages of the front end ...")
        log = SET_UP / "npm.log"
        status, output = run_logged(
            node.npm("ci", "--no-audit", "--no-fund"), log, cwd=FRONTEND, environment=node.environment()
        )
        if status != 0 and _UNREACHABLE.search(output):
            raise Problem(
                "npm could not reach its package registry: check the network, or npm's settings with "
                f"`npm config list`; its whole output is in {log}."
            )
        if status != 0:
            raise Problem(
                f"npm could not install the front end's packages (all of it in {log}):\n{tail(output)}"
            )
        set_stamp(stamp, wanted)


def ensure_build(node: Node) -> None:
    """Bundle the browser's scripts, unless the bundles are newer than everything they are made of."""
    if is_built():
        return
    ensure_packages(node)
    with only_one(SET_UP / "npm.lock", waiting="Waiting for another set-up of the front end to end ..."):
        say("Building the browser's scripts ...")
        log = SET_UP / "frontend.log"
        status, output = run_logged(
            node.npm("run", "build"), log, cwd=FRONTEND, environment=node.environment()
        )
        if status != 0:
            raise Problem(f"The browser's scripts could not be built:\n{tail(output, 30)}")
        set_stamp(BUILD / ".stamp", _sources())


def is_built() -> bool:
    """Say whether the bundles are those of the present sources, without asking for Node."""
    return is_current(BUILD / ".stamp", _sources())


def _sources() -> str:
    return digest(FRONTEND / name for name in ("src", "build.mjs", "package-lock.json", "tsconfig.json"))


def _machine_node() -> Node | None:
    path, npm = shutil.which("node"), shutil.which("npm")
    if path is None or npm is None or Path(path).parent != Path(npm).parent:
        return None
    version = _version(Path(path))
    return None if version is None else Node(Path(path).parent, version)


def _version(path: Path) -> str | None:
    """Return a node's version, or None when it does not start or is too old."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.fullmatch(r"v(\d+)\.(\d+)\.\d+\S*", done.stdout.strip())
    if match is None or (int(match[1]), int(match[2])) < MINIMUM:
        return None
    return done.stdout.strip()

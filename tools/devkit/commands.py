"""The commands of the Makefile, by name."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from devkit import configure, copies, lock, node_env, python_env
from devkit.common import FRONTEND, ROOT, VENV, Problem, run_shown, say

_PROGRAMS = {
    # What the tests use when it is there, and what Debian calls the package.
    "chromium": ("chromium", ["chromium", "chromium-browser", "google-chrome"]),
    "postgres": ("postgresql", ["postgres", "pg_ctl", "pg_ctlcluster"]),
    "redis-server": ("redis-server", ["redis-server", "valkey-server"]),
    "nginx": ("nginx-light", ["nginx"]),
    "curl": ("curl", ["curl"]),
}


def main(arguments: Sequence[str]) -> int:
    """Run one command; return its exit status. A Problem becomes its one sentence."""
    commands = {
        "run": run,
        "serve": serve,
        "configure": configure.configure,
        "backup": copies.backup,
        "restore": copies.restore,
        "upgrade": copies.upgrade,
        "test": test,
        "lint": lint,
        "format": format_,
        "bench": bench,
        "load": load,
        "hostile": hostile,
        "faults": faults,
        "lock": lock.compile_all,
        "schema": schema,
        "fuzz": fuzz,
    }
    if not arguments or arguments[0] not in commands:
        say(f"Say which command to run: {', '.join(commands)}.")
        return 2
    try:
        return commands[arguments[0]](list(arguments[1:]))
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr, flush=True)
        return 130


def run(_arguments: list[str]) -> int:
    """Set up what is missing, then become the site's supervisor in the virtual environment."""
    return _become_site([])


def serve(arguments: list[str]) -> int:
    """Do the same for other computers too; arguments go to devkit/network.py."""
    return _become_site(["network", *arguments])


def _become_site(arguments: list[str]) -> int:
    python_env.ensure("base")
    if not node_env.is_built():
        node_env.ensure_build(node_env.find())
    python = str(python_env.PYTHON)
    sys.stdout.flush()
    program = [python, str(ROOT / "tools" / "serve.py"), *arguments]
    os.execv(python, program)  # noqa: S606 - no shell is wanted


def test(arguments: list[str]) -> int:
    """Run every check and test; go on after a failure, so that one run tells all."""
    in_ci = os.environ.get("CI", "").lower() in {"1", "true"}
    missing = [package for package, names in _PROGRAMS.values() if not any(_have(name) for name in names)]
    if in_ci and missing:
        raise Problem(f"With CI=true every test must run, but this machine lacks: {', '.join(missing)}.")
    python_env.ensure("dev")
    node = node_env.find()
    node_env.ensure_packages(node)
    node_env.ensure_build(node)
    python = python_env.PYTHON
    failed: list[str] = []
    if not arguments:
        steps = {
            "style (ruff)": lambda: run_shown([python, "-m", "ruff", "check", "--quiet", "."]),
            "form (ruff format)": lambda: run_shown(
                [python, "-m", "ruff", "format", "--check", "--quiet", "."]
            ),
            "front end, style and types": lambda: _npm(node, "check"),
            "front end, tests": lambda: _npm(node, "test"),
        }
        for name, step in steps.items():
            say(f"== {name}")
            if step() != 0:
                failed.append(name)
    say("== tests (pytest)")
    # More processes than processors: many tests wait for servers and browsers most of the time.
    chosen = arguments or ["-n", str(min(3 * (os.cpu_count() or 1) // 2, 4)), "--dist", "loadgroup"]
    if run_shown([python, "-m", "pytest", "-rsfE", *chosen]) != 0:
        failed.append("tests (pytest)")
    if failed:
        say(f"\nFailed: {', '.join(failed)}.")
    return 1 if failed else 0


def lint(_arguments: list[str]) -> int:
    """Check style, form, types, structure and the front end; return 1 when one of them complains."""
    python_env.ensure("dev")
    node = node_env.find()
    node_env.ensure_packages(node)
    python = python_env.PYTHON
    statuses = [
        run_shown([python, "-m", "ruff", "check", "."]),
        run_shown([python, "-m", "ruff", "format", "--check", "."]),
        run_shown([VENV / "bin" / "lint-imports"]),
        run_shown([python, "-m", "mypy"]),
        _npm(node, "check"),
    ]
    return int(any(statuses))


def format_(_arguments: list[str]) -> int:
    """Bring Python and the front end into their form."""
    python_env.ensure("dev")
    node = node_env.find()
    node_env.ensure_packages(node)
    python = python_env.PYTHON
    statuses = [
        run_shown([python, "-m", "ruff", "check", "--fix-only", "--quiet", "."]),
        run_shown([python, "-m", "ruff", "format", "."]),
        _npm(node, "format"),
    ]
    return int(any(statuses))


def load(arguments: list[str]) -> int:
    """Measure many people at once, labels and long lists; arguments go to bench/load/run.py."""
    python_env.ensure("dev")
    if not node_env.is_built():
        node_env.ensure_build(node_env.find())
    return run_shown([python_env.PYTHON, ROOT / "bench" / "load" / "run.py", *arguments])


def bench(arguments: list[str]) -> int:
    """Measure speed and memory; arguments go to bench/run.py."""
    python_env.ensure("base")
    if not node_env.is_built():
        node_env.ensure_build(node_env.find())
    return run_shown([python_env.PYTHON, ROOT / "bench" / "run.py", *arguments])


def faults(arguments: list[str]) -> int:
    """Play the campaign of faults on both ways to run jobs; arguments go to tests/faults."""
    python_env.ensure("dev")
    return run_shown([python_env.PYTHON, "-m", "tests.faults", *arguments])


def hostile(arguments: list[str]) -> int:
    """Send thousands of hostile files to a site of their own; arguments go to tests/hostile."""
    python_env.ensure("dev")
    return run_shown([python_env.PYTHON, "-m", "tests.hostile", *arguments], cwd=ROOT)


def schema(_arguments: list[str]) -> int:
    """Write the OpenAPI document of the API as it is now into docs/."""
    python_env.ensure("dev")
    made = subprocess.run(
        [
            python_env.PYTHON,
            ROOT / "manage.py",
            "spectacular",
            "--format",
            "openapi-json",
            "--validate",
            "--fail-on-warn",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    if made.returncode != 0:
        raise Problem(f"The OpenAPI document could not be made:\n{made.stderr.strip()}")
    document = json.dumps(json.loads(made.stdout), indent=1, ensure_ascii=False)
    (ROOT / "docs" / "openapi.json").write_text(document + "\n", encoding="utf-8")
    return 0


def fuzz(arguments: list[str]) -> int:
    """Send the API many made-up requests: so many for each operation and person (100 when nothing is said)."""
    python_env.ensure("dev")
    many = arguments[0] if arguments else "100"
    os.environ["FUZZ_EXAMPLES"] = many
    workers = ["-n", str(min(os.cpu_count() or 1, 8))]
    return run_shown([python_env.PYTHON, "-m", "pytest", "-rs", *workers, "tests/api/test_fuzz.py"])


def _npm(node: node_env.Node, script: str) -> int:
    return run_shown(node.npm("run", "--silent", script), cwd=FRONTEND, environment=node.environment())


def _have(program: str) -> bool:
    # Debian keeps PostgreSQL's server programs in a folder of their version, away from the PATH.
    return shutil.which(program) is not None or any(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))

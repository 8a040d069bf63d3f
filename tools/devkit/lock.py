"""Compile the exact requirement files from the ranges of pyproject.toml."""

from __future__ import annotations

import re
from pathlib import Path

from devkit import python_env
from devkit.common import ROOT, SET_UP, Problem, run_logged, say, tail

# torch needs these on Linux only, and names no other system in its own requirements.
_LINUX_ONLY = re.compile(r"^(nvidia-[\w-]+|cuda-[\w-]+|triton)==([^\s;]+)$")
_HEADER = """\
# Exact versions for `make run` and `make test`, compiled from pyproject.toml by `make lock`; do not edit.
# No registry is named here: pip takes the one it is set up for.
"""


def compile_all(options: list[str]) -> int:
    """Write requirements/base.txt and dev.txt with further options for pip-compile; return the status."""
    python_env.ensure("dev")
    for kind, extras in (("base", []), ("dev", ["--extra", "dev"])):
        say(f"Compiling requirements/{kind}.txt ...")
        _compile(ROOT / "requirements" / f"{kind}.txt", [*extras, *options])
    return 0


def _compile(target: Path, extras: list[str]) -> None:
    constraints = [ROOT / "requirements" / "constraints.in"]
    if target.stem != "base":
        constraints.append(ROOT / "requirements" / "base.txt")
    fresh = target.with_suffix(".new")
    if target.exists():
        fresh.write_text(target.read_text(encoding="utf-8"), encoding="utf-8")
    command: list[str | Path] = [
        python_env.PYTHON, "-m", "piptools", "compile", "--quiet", "--no-config", "--strip-extras",
        "--no-emit-index-url", "--no-emit-trusted-host", "--no-emit-find-links", "--no-emit-options",
        "--allow-unsafe", "--no-annotate", "--no-header", *extras, "--output-file", fresh,
    ]  # fmt: skip
    for constraint in constraints:
        command += ["--constraint", constraint]
    status, output = run_logged([*command, ROOT / "pyproject.toml"], SET_UP / "lock.log")
    if status != 0:
        fresh.unlink(missing_ok=True)
        raise Problem(f"The requirement files could not be compiled:\n{tail(output)}")
    target.write_text(_HEADER + tidy(fresh.read_text(encoding="utf-8")), encoding="utf-8")
    fresh.unlink()


def tidy(compiled: str) -> str:
    """Return compiled requirements without comments, naming the system where only one has a package."""
    stripped = (line.strip() for line in compiled.splitlines())
    lines = [line for line in stripped if line and not line.startswith("#")]
    marked = [_LINUX_ONLY.sub(r'\1==\2 ; sys_platform == "linux"', line) for line in lines]
    return "\n".join(sorted(marked)) + "\n"

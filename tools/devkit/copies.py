"""`make backup`, `make restore` and `make upgrade`: what keeps a site's data safe. Standard library only."""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from devkit import node_env, python_env
from devkit.common import ROOT, Problem, run_shown, say

_LOADS = "import django; django.setup()"


def backup(arguments: list[str]) -> int:
    """Make a backup; arguments go to `manage.py backup`."""
    python_env.ensure("base")
    return _manage("backup", *arguments)


def restore(arguments: list[str]) -> int:
    """Restore a backup into an empty place; the one argument is its folder."""
    if len(arguments) != 1 or not arguments[0]:
        raise Problem("Say which backup to restore: make restore FROM=backups/2026-11-21T103005Z")
    python_env.ensure("base")
    return _manage("restore", arguments[0])


def upgrade(arguments: list[str]) -> int:
    """Bring the data of an older version to the one whose files lie here; arguments go to `manage.py backup`.

    The backup comes first. Packages that an older version had cannot always load the new one: then they come before
    it, which touches no data.
    """
    _refuse_while_running()
    if not python_env.PYTHON.exists():
        raise Problem(
            "Nothing has been set up here yet, so there is nothing to upgrade: start with `make run`."
        )
    if not _site_loads():
        say("This version needs further packages to read the data: installing them before the backup.")
        _step("the Python packages", lambda: python_env.ensure("base"), back=_FILES_BACK)
    say("== Backup")
    if _manage("backup", *arguments) != 0:
        raise Problem(
            "The upgrade stopped before it changed anything, because there is no backup; what stopped it stands above. "
            f"{_FILES_BACK}"
        )
    made = "the backup made a moment ago (its folder stands above)"
    say("== Python packages")
    _step("the Python packages", lambda: python_env.ensure("base"), back=_FILES_BACK)
    say("== Front end")
    _step("the front end", _build_front_end, back=_FILES_BACK)
    say("== Tables")
    _step("the tables", lambda: _managed("migrate", "--noinput"), back=_data_back(made))
    _step("the check of the site", lambda: _managed("check"), back=_data_back(made))
    say("== Static files")
    finish = [python_env.PYTHON, ROOT / "tools" / "serve.py", "collect"]
    _step("the static files", lambda: _ended_well(run_shown(finish)), back=_data_back(made))
    say("\nUpgraded. Start the site again as before: with `make run`, or as your service.")
    return 0


_FILES_BACK = (
    "Your data is as it was. To go back, put the files of the version before into place (with git, right after a pull: "
    "git checkout 'HEAD@{1}') and run `make run`."
)


def _data_back(made: str) -> str:
    return (
        "The data may be between the two versions, so do not go on with it. To go back: put the files of the version "
        "before into place (with git, right after a pull: git checkout 'HEAD@{1}'); move the data folder aside "
        f"(with PostgreSQL: name an empty database); restore {made} with make restore FROM=...; then `make run`. To go "
        "on instead, put right what stands above and run `make upgrade` again."
    )


def _step(what: str, act: Callable[[], object], *, back: str) -> None:
    """Do one part of the upgrade; a failure says where it stopped and how to go back."""
    try:
        act()
    except Problem as problem:
        raise Problem(f"{problem}\n\nThe upgrade stopped at {what}. {back}") from problem


def _build_front_end() -> None:
    if not node_env.is_built():
        node_env.ensure_build(node_env.find())


def _site_loads() -> bool:
    """Say whether the packages that are installed can load the site's code as it is now."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "wbcweb.settings"}
    done = subprocess.run(
        [python_env.PYTHON, "-c", _LOADS], cwd=ROOT, env=environment, capture_output=True, check=False
    )
    return done.returncode == 0


def _refuse_while_running() -> None:
    """Raise Problem when the site runs: its processes would go on with the old files and the new tables."""
    lock = Path(os.environ.get("WBCWEB_DATA_DIR", "").strip() or ROOT / "var").expanduser() / "run.lock"
    if not lock.exists():
        return
    with lock.open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem(
                "The site is running: stop it first (Ctrl+C), then run `make upgrade` again."
            ) from None


def _manage(*arguments: str) -> int:
    return run_shown([python_env.PYTHON, "manage.py", *arguments])


def _managed(*arguments: str) -> None:
    _ended_well(_manage(*arguments))


def _ended_well(status: int) -> None:
    if status != 0:
        raise Problem("What stopped it stands above.")

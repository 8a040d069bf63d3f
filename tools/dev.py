"""Run one of the project's commands, those of ``devkit.commands``. Called by the Makefile.

This file is read by whatever Python the machine has, so it keeps to what Python 3.6 understands until it has
found 3.11 or newer; the work is done in ``devkit``. Standard library only.
"""

import os
import shutil
import sys

MINIMUM = (3, 11)
NEWEST_MINOR = 30
GUARD = "_WBCWEB_PYTHON_CHOSEN"


def find_newer_python():  # noqa: ANN201 - Python 3.6 cannot read "str | None"
    """Return the path of the newest Python on the machine that is new enough, or None."""
    for minor in range(NEWEST_MINOR, MINIMUM[1] - 1, -1):
        path = shutil.which(f"python3.{minor}")
        if path:
            return path
    return None


def main() -> int:
    """Find a Python that is new enough, then run the command; return the exit status."""
    if sys.version_info[:2] < MINIMUM:
        newer = None if os.environ.get(GUARD) else find_newer_python()
        if newer is None:
            have = ".".join(str(part) for part in sys.version_info[:3])
            print(
                f"wbcweb needs Python 3.11 or newer, but {sys.executable} is {have}: "
                "install a newer one, or name it with `make run PYTHON=/path/to/python3.11`.",
                file=sys.stderr,
            )
            return 1
        os.environ[GUARD] = "1"
        os.execv(newer, [newer, *sys.argv])  # noqa: S606 - no shell is wanted
    os.environ.pop(GUARD, None)
    from devkit.commands import main as run_command

    return run_command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

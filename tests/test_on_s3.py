"""The rooms' tests that store and read files once more, with the files in a bucket of a real server."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kits.s3 import private_s3

ROOT = Path(__file__).resolve().parent.parent
FILES = [
    *(f"slides/test_{what}.py" for what in ("receiving", "resume", "sweeping", "store_away", "trash")),
    "inference/test_handler.py",
]

# What starts servers, processes or browsers says nothing more on another store.
LEFT_OUT = "data_folder or postgres or redis or processes or e2e or slow or weights or gpu or shared_data"

pytestmark = pytest.mark.slow


def test_the_rooms_hold_on_a_bucket(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-m", f"not ({LEFT_OUT})", "-p", "no:cacheprovider"]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "WBCWEB_"))
    }
    kit = private_s3(tmp_path / "s3")
    environment |= kit.environment("wbcweb") | {"WBCWEB_DATA_DIR": str(tmp_path / "data")}
    with kit.up():
        done = subprocess.run(
            [*command, *(f"tests/{name}" for name in FILES)],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]

"""Real images beside the checkout, where they are; tests on them carry the mark ``shared_data``."""

import os
from pathlib import Path

import pytest


def find_shared_data() -> Path | None:
    """Return the folder with real images: WBCWEB_SHARED_DATA, or ``shared/data`` next to the repository."""
    named = os.environ.get("WBCWEB_SHARED_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[3] / "shared" / "data"
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder with real images, or skip."""
    folder = find_shared_data()
    if folder is None:
        pytest.skip("no shared data: set WBCWEB_SHARED_DATA to the folder with real images")
    return folder

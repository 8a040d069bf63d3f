"""Skip what this machine cannot run, but never silently where everything must be there."""

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip the test with the reason; fail it instead when the environment says ``CI=true``."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"{what} is missing, and with CI=true nothing may be skipped for that.")
    pytest.skip(f"{what} is missing on this machine.")

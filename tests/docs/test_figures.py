"""The figures that people read in the manual and the README are those of the weights that ship."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.docs.reading import ROOT

TELLING = pytest.mark.parametrize("page", ["README.md", "docs/manual/counts.md"])


def text_of(page: str) -> str:
    return " ".join((ROOT / page).read_text(encoding="utf-8").split())


@pytest.fixture(scope="module")
def card() -> dict[str, Any]:
    (path,) = (ROOT / "ml" / "weights").glob("compact-v*.json")
    return dict(json.loads(path.read_text(encoding="utf-8")))


@TELLING
def test_the_share_that_is_right_on_a_known_laboratory(page: str, card: dict[str, Any]) -> None:
    right = card["metrics"]["pbc"]["five_classes"]["accuracy"]
    assert f"(PBC) {100 * right:.1f} %" in text_of(page) or f"(PBC), {100 * right:.1f} %" in text_of(page)


@TELLING
def test_the_share_that_is_right_on_an_unknown_laboratory(page: str) -> None:
    measured = re.search(r"\| jtsc, all, never trained on \| 300 \| ([\d.]+) %", text_of("docs/weights.md"))
    assert measured
    assert re.search(rf"\(JTSC\),[\w ]* {round(float(measured[1]))} %", text_of(page))


def test_the_threshold_of_unidentified(card: dict[str, Any]) -> None:
    assert f"({card['thresholds']['unidentified']:.2f} for the one that comes" in text_of(
        "docs/manual/counts.md"
    )

"""docs/architecture.md shows the floors that import-linter holds."""

from __future__ import annotations

import re
import tomllib

from tests.docs.reading import ROOT, code

DOCUMENT = ROOT / "docs" / "architecture.md"
ROOMS = {folder.parent.name for folder in (ROOT / "apps").glob("*/apps.py")}


def floors() -> list[list[str]]:
    """Return the rooms that exist, floor by floor from the top, as import-linter knows them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    named = [[room.strip(" ()") for room in layer.split("|")] for layer in layers]
    return [there for floor in named if (there := [room for room in floor if room in ROOMS])]


def test_every_room_stands_on_a_floor() -> None:
    assert {room for floor in floors() for room in floor} == ROOMS


def test_the_table_of_floors_is_that_of_import_linter() -> None:
    table = next(text for text in code(DOCUMENT) if text.startswith("wbcweb/"))
    shown = [
        re.findall(r"(?:^|\s{3,})([a-z]+)(?=\s{2,})", line.removeprefix("  ")) for line in table.splitlines()
    ]
    assert [floor for floor in shown if floor and floor[0] in ROOMS] == floors()


def test_the_diagram_shows_every_room() -> None:
    diagram = next(
        text for text in code(DOCUMENT) if text.startswith("flowchart") and "subgraph apps" in text
    )
    assert ROOMS - set(re.findall(r"\b[a-z]+\b", diagram)) == set()

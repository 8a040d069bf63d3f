"""docs/security.md names each number of the standard once, with a test that exists or an exception in words."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "security.md"

# OWASP ASVS 5.0.0: how many numbers of levels 1 and 2 each section has; those of level 3 come after them.
SECTIONS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2,
    "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1,
    "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2,
    "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4,
    "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4,
    "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2,
    "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1,
    "9.1": 3, "9.2": 4,
    "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3,
    "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4,
    "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5,
    "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7,
    "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3,
    "17.1": 1, "17.2": 4, "17.3": 2,
}  # fmt: skip
WANTED = [f"{section}.{number}" for section, count in SECTIONS.items() for number in range(1, count + 1)]
ROW = re.compile(r"^\| (\d[\d., -]*) \| (.*?) \| (.*) \|$", re.MULTILINE)
TEST = re.compile(r"`([a-z0-9_/]+)::(test_\w+)`")


def _numbers(cell: str) -> list[str]:
    """Return what a cell such as "1.2.6-1.2.8, 1.3.1" names."""
    found: list[str] = []
    for part in cell.split(","):
        first, _, last = part.strip().partition("-")
        section, _, start = first.rpartition(".")
        end = last.rpartition(".")[2] if last else start
        assert not last or last.startswith(f"{section}."), cell
        found += [f"{section}.{number}" for number in range(int(start), int(end) + 1)]
    return found


@cache
def _rows() -> list[tuple[str, str, str]]:
    return ROW.findall(DOCUMENT.read_text(encoding="utf-8"))


@cache
def _tests_in(path: Path) -> frozenset[str]:
    tree = (
        ast.parse(path.read_text(encoding="utf-8")) if path.exists() else ast.Module(body=[], type_ignores=[])
    )
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_the_standard_has_253_numbers_of_levels_1_and_2() -> None:
    assert len(WANTED) == 253


def test_every_number_is_there_once() -> None:
    named = Counter(number for cell, _, _ in _rows() for number in _numbers(cell))
    assert {number: count for number, count in named.items() if count != 1} == {}
    assert (sorted(set(WANTED) - set(named)), sorted(set(named) - set(WANTED))) == ([], [])


def test_every_number_has_a_test_or_an_exception_in_words() -> None:
    without = [
        cell
        for cell, _, where in _rows()
        if not TEST.search(where) and not re.match(r"(Exception|Not applicable): .{15,}", where)
    ]
    assert without == []


@pytest.mark.parametrize("where", sorted({found for _, _, cell in _rows() for found in TEST.findall(cell)}))
def test_every_named_test_exists(where: tuple[str, str]) -> None:
    path, name = where
    assert name in _tests_in(ROOT / "tests" / f"{path}.py"), f"{path} has no {name}"


def test_the_settings_it_names_are_settings() -> None:
    env = (ROOT / "wbcweb" / "env.py").read_text(encoding="utf-8")
    named = set(re.findall(r"WBCWEB_([A-Z_]+)", DOCUMENT.read_text(encoding="utf-8")))
    assert named
    assert {name for name in named if f'"{name}"' not in env} == set()

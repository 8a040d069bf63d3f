"""What the documents name exists: files, sections, pictures, commands, settings, words of the screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from ml.cli import COMMANDS
from tests.docs.reading import DOCUMENTS, MANUAL, ROOT, anchors, code, emphasised, name_of, pictures, targets
from wbcweb.env import _Reader, read

EVERY = pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
# Decisions and changes tell of their time; what they name may be gone since.
PRESENT = pytest.mark.parametrize(
    "path",
    [path for path in DOCUMENTS if path.parent.name != "adr" and path.name != "CHANGELOG.md"],
    ids=name_of,
)
FOLDERS = r"(?:\.ci|apps|bench|deploy|docs|frontend|ml|requirements|static|templates|tests|tools|wbcweb)"
MOST_PICTURE_BYTES = 150_000


SETTING = re.compile(r"\bWBCWEB_[A-Z0-9_]*[A-Z0-9]\b")


@pytest.fixture(scope="module")
def settings_known() -> set[str]:
    """Settings of the site, and those of the containers, which `.env.example` explains."""
    known = set(SETTING.findall((ROOT / ".env.example").read_text(encoding="utf-8")))
    known |= set(SETTING.findall((ROOT / "deploy" / "share.yml").read_text(encoding="utf-8")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_Reader, "refuse_unknown", lambda self: known.update(self.known))
        read({})
    return known


@EVERY
def test_links_and_pictures_lead_somewhere(path: Path) -> None:
    missing = []
    for target in targets(path):
        file, _, part = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        if not there.exists() or (part and part not in anchors(there)):
            missing.append(target)
    assert missing == []


@PRESENT
def test_targets_of_make_are_those_of_the_makefile(path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    known = {name for line in re.findall(r"^\.PHONY:(.+)$", makefile, re.MULTILINE) for name in line.split()}
    named = {name for text in code(path) for name in re.findall(r"\bmake ([a-z][a-z-]*)", text)}
    assert named - known == set()


@PRESENT
def test_commands_of_manage_py_exist(path: Path) -> None:
    named = {name for text in code(path) for name in re.findall(r"\bmanage\.py ([a-z_]+)", text)}
    assert named - set(get_commands()) == set()


@PRESENT
def test_commands_without_the_site_exist(path: Path) -> None:
    named = {name for text in code(path) for name in re.findall(r"-m ml ([a-z]+)", text)}
    assert named - {command.__name__.rpartition(".")[2] for command in COMMANDS} == set()


@PRESENT
def test_settings_are_those_that_the_site_reads(path: Path, settings_known: set[str]) -> None:
    named = set(SETTING.findall(path.read_text(encoding="utf-8")))
    assert named - settings_known == set()


@PRESENT
def test_files_that_are_named_exist(path: Path) -> None:
    named = {text for text in code(path) if re.fullmatch(rf"{FOLDERS}/[\w./-]+", text)}
    assert {text for text in named if not (ROOT / text).exists()} == set()


@pytest.fixture(scope="module")
def screen() -> str:
    """Everything that could be words on a page, in one line."""
    files = (("templates", "*.html"), ("frontend/src", "*.ts"), ("apps", "*.py"))
    found = [file for folder, pattern in files for file in sorted((ROOT / folder).rglob(pattern))]
    return " ".join(" ".join(file.read_text(encoding="utf-8").split()) for file in found)


@pytest.mark.parametrize("path", MANUAL, ids=name_of)
def test_words_of_the_screen_are_on_the_screen(path: Path, screen: str) -> None:
    assert [words for words in emphasised(path) if words not in screen] == []


def test_pictures_are_small_and_all_in_use() -> None:
    used = {picture for path in DOCUMENTS for picture in pictures(path)}
    there = set((ROOT / "static" / "manual").glob("*.png"))
    assert there
    assert {name_of(picture) for picture in there - used} == set()
    assert {name_of(picture) for picture in there if picture.stat().st_size >= MOST_PICTURE_BYTES} == set()
    assert not list((ROOT / "docs").rglob("*.png")), (
        "pictures lie in static/manual, where the site finds them"
    )

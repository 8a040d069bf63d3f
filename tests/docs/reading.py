"""The project's documents as their readers see them: links, pictures, code, words of the screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
MANUAL = sorted((ROOT / "docs" / "manual").glob("*.md"))


def name_of(path: Path) -> str:
    """Return a document's path from the root of the project."""
    return path.relative_to(ROOT).as_posix()


def tokens(path: Path) -> Iterator[Token]:
    """Yield everything of a document, what stands inside lines as well."""
    parsed = MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))
    for token in parsed:
        yield token
        yield from token.children or ()


def targets(path: Path) -> list[str]:
    """Return the addresses of a document's links and pictures that are no others' sites."""
    found = [token.attrs.get("href") or token.attrs.get("src") for token in tokens(path)]
    return [str(target) for target in found if target and not re.match(r"[a-z]+:", str(target))]


def pictures(path: Path) -> list[Path]:
    """Return the files of a document's pictures."""
    sources = [str(token.attrs["src"]) for token in tokens(path) if token.type == "image"]
    return [(path.parent / source).resolve() for source in sources]


def anchors(path: Path) -> set[str]:
    """Return what can stand behind # in an address of a document."""
    found = set()
    heading = False
    for token in tokens(path):
        if heading and token.type == "inline":
            found.add(slugify("".join(child.content for child in token.children or ())))
        heading = token.type == "heading_open"
    return found


def code(path: Path) -> list[str]:
    """Return everything that is set as code: commands, names, files."""
    return [token.content for token in tokens(path) if token.type in {"code_inline", "fence", "code_block"}]


def emphasised(path: Path) -> list[str]:
    """Return what is set in italics, which in the manual are words of the screen."""
    found: list[str] = []
    inside = False
    for token in tokens(path):
        if token.type in {"em_open", "em_close"}:
            inside = token.type == "em_open"
            if inside:
                found.append("")
        elif inside and token.type in {"text", "code_inline"}:
            found[-1] += token.content
        elif inside and token.type == "softbreak":
            found[-1] += " "
    return found

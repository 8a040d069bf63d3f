"""The manual: Markdown files of ``docs/`` drawn as pages of the site, so that both always say the same."""

from __future__ import annotations

import posixpath
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.token import Token

from apps.core.errors import NotFound

CONTENTS: Final[dict[str, tuple[str, ...]]] = {
    "Using wbcweb": (
        "manual/signing-in",
        "manual/projects",
        "manual/slides",
        "manual/jobs",
        "manual/reviewing",
        "manual/gallery",
        "manual/location-checks",
        "manual/counts",
        "manual/second-reading",
        "manual/studies",
        "manual/reading-a-study",
        "manual/datasets",
        "manual/signing",
        "manual/trash",
        "manual/account",
    ),
    "Running a site": (
        "administration",
        "backup",
        "server",
        "monitoring",
        "api",
        "formats",
        "reliability",
        "studies",
        "security",
        "weights",
    ),
}
"""The files under ``docs/`` that the site shows, without their ending, under the headings of the help page."""

_PICTURES = "static/"  # where pictures lie, from the root of the project
_PNG_SIZE = struct.Struct(">II")  # width and height, 16 bytes into a PNG file


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the manual; ``name`` is its file under ``docs/`` without the ending."""

    name: str
    title: str

    @property
    def url(self) -> str:
        """Return the address of the page."""
        return reverse("home:manual", args=[self.name])


def contents() -> dict[str, list[Page]]:
    """Return the pages by heading, in the order in which one reads them."""
    return {heading: [_page(name) for name in names] for heading, names in CONTENTS.items()}


def neighbours(name: str) -> tuple[Page | None, Page | None]:
    """Return the pages before and after one, None at either end."""
    names = [None, *_names(), None]
    at = names.index(name)
    before, after = names[at - 1], names[at + 1]
    return _page(before) if before else None, _page(after) if after else None


def draw(name: str) -> tuple[Page, SafeString]:
    """Return a page and its text as HTML, without the title.

    Raises:
        NotFound: when the manual has no such page.
    """
    if name not in _names():
        raise NotFound("The manual has no such page.")
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(_file(name).read_text(encoding="utf-8"))
    title = _plain(tokens[1])
    text = markdown.renderer.render(list(_for_the_site(tokens[3:], name)), markdown.options, {})
    return Page(name, title), mark_safe(text)  # noqa: S308 - our own files, drawn without any markup of theirs


def _names() -> list[str]:
    return [name for names in CONTENTS.values() for name in names]


def _file(name: str) -> Path:
    return Path(settings.BASE_DIR) / "docs" / f"{name}.md"


def _page(name: str) -> Page:
    with _file(name).open(encoding="utf-8") as stream:
        return Page(name, stream.readline().removeprefix("# ").strip())


def _for_the_site(tokens: list[Token], name: str) -> Iterator[Token]:
    """Yield a page's tokens as the site shows them: links and pictures with its addresses, wide things that scroll."""
    tables = count(1)
    for at, token in enumerate(tokens):
        token.attrs.pop("style", None)  # alignment: the site's policy takes no inline style
        if token.type == "heading_open":
            token.attrs["id"] = slugify(_plain(tokens[at + 1]))
        elif token.type == "table_open":
            attrs = {"class": "table-wrap", "tabindex": "0", "role": "region"}
            yield Token(
                "wrap_open", "div", 1, attrs={**attrs, "aria-label": f"Table {next(tables)}"}, block=True
            )
        elif token.type in {"fence", "code_block"}:
            yield from _code(token)
            continue
        for child in token.children or ():
            _point(child, name)
        _unlink(token.children or [])
        yield token
        if token.type == "table_close":
            yield Token("wrap_close", "div", -1, block=True)


def _code(token: Token) -> Iterator[Token]:
    yield Token("code_open", "pre", 1, attrs={"tabindex": "0"}, block=True)
    text = Token("text", "", 0, content=token.content)
    yield Token("inline", "", 0, content=token.content, children=[text])
    yield Token("code_close", "pre", -1, block=True)


def _point(token: Token, name: str) -> None:
    """Give a link or a picture the address that it has on the site; a link that leads nowhere there gets none."""
    if token.type == "image":
        place = _from_root(str(token.attrs["src"]), name)
        width, height = _size(Path(settings.BASE_DIR) / place)
        token.attrs |= {"src": static(place.removeprefix(_PICTURES)), "width": width, "height": height}
        token.attrs["loading"] = "lazy"
    elif token.type == "link_open":
        target = str(token.attrs["href"])
        if re.match(r"https?://|#", target):
            return
        place, _, part = _from_root(target, name).partition("#")
        known = place.removeprefix("docs/").removesuffix(".md")
        if known in _names():
            token.attrs["href"] = reverse("home:manual", args=[known]) + (f"#{part}" if part else "")
        elif place == "docs/manual/README.md":
            token.attrs["href"] = reverse("home:help")
        else:
            del token.attrs["href"]


def _unlink(tokens: list[Token]) -> None:
    """Make plain text of links without an address: to files that come with the software, and not with the site."""
    plain = False
    for token in tokens:
        if token.type == "link_open" and "href" not in token.attrs:
            token.tag, plain = "span", True
        elif token.type == "link_close" and plain:
            token.tag, plain = "span", False


def _from_root(target: str, name: str) -> str:
    """Return a relative address of a page as one from the root of the project."""
    return posixpath.normpath(posixpath.join("docs", posixpath.dirname(name), target))


def _size(picture: Path) -> tuple[Any, Any]:
    """Return width and height of a PNG in pixels, so that the page does not jump when it comes."""
    with picture.open("rb") as stream:
        return _PNG_SIZE.unpack(stream.read(24)[16:])


def _plain(token: Token) -> str:
    return "".join(child.content for child in token.children or ())

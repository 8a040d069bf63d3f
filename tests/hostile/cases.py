"""Hostile files by number: the same number gives the same file on every machine, so a finding can be made again."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.hostile import bombs, mutate, polyglots, structure
from tests.hostile.good import NAMES, good

SEED = 20_261_120

_TITLES = (
    "smear.png",
    "../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "/etc/shadow.jpg",
    "a\x00b.png",
    "line\r\nSet-Cookie: x=1.png",
    "<img src=x onerror=alert(1)>.png",
    '=HYPERLINK("http://evil.example").png',
    "'; DROP TABLE slides_field; --.png",
    "{{7*7}}.png",
    "\u202egnp.exe",
    "%2e%2e%2f.png",
    "x" * 4_000 + ".png",
    "con.png",
    "",
    ".",
    "..",
    "🩸🔬.tiff",
    "\ufeff\u200b\u00ad.jpg",
    "a/b\\c:d*e?f|g.bmp",
)


@dataclass(frozen=True)
class Case:
    """One hostile file: what kind of lie it is, how it is called, its bytes."""

    number: int
    family: str
    filename: str
    data: bytes


Family = Callable[[random.Random], bytes]


def _mutation(rng: random.Random) -> bytes:
    return mutate.mutated(rng, good(rng.choice(NAMES), rng.randrange(6)))


def _splice(rng: random.Random) -> bytes:
    return mutate.spliced(rng, good(rng.choice(NAMES)), good(rng.choice(NAMES), 1))


def _named(start: str) -> tuple[str, ...]:
    return tuple(name for name in NAMES if name.startswith(start))


_LIARS = (
    (structure.png, _named("png")),
    (structure.jpeg, _named("jpeg")),
    (structure.tiff, _named("tiff")),
    (structure.bmp, _named("bmp")),
)


def _lie(rng: random.Random) -> bytes:
    liar, names = rng.choice(_LIARS)
    return liar(rng, good(rng.choice(names), rng.randrange(6)))


def _bomb(rng: random.Random) -> bytes:
    return rng.choice(bombs.BOMBS)(rng)


FAMILIES: dict[str, tuple[int, Family]] = {
    "mutated bytes": (42, _mutation),
    "spliced files": (6, _splice),
    "lies in form": (30, _lie),
    "bombs": (8, _bomb),
    "two natures": (8, polyglots.both),
    "no picture": (6, polyglots.no_picture),
}
"""Each family with its share in a hundred."""


def case(number: int, *, seed: int = SEED) -> Case:
    """Return the hostile file with this number."""
    rng = random.Random(f"{seed}/{number}")
    names = list(FAMILIES)
    family = rng.choices(names, weights=[FAMILIES[name][0] for name in names])[0]
    data = FAMILIES[family][1](rng)
    filename = (
        rng.choice(_TITLES)
        if rng.random() < 0.3
        else f"field-{number}{rng.choice(('.png', '.jpg', '.tif', '.bmp'))}"
    )
    return Case(number, family, filename, data)

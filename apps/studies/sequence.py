"""The order in which one reader sees the images: a named algorithm of hashes, with no other source of chance.

``wbcweb-sequence-2``, for each attempt 0, 1, 2, ... until one succeeds:

1. Each image has a key, HMAC-SHA256(seed; "wbcweb-sequence-2", pseudonym, sitting, attempt, code).
2. Within each class the images stand in the order of their keys and are spread evenly over the whole, each moved by
   chance within its own share. Origin plays no part: spread evenly, it would alternate within a class, and whoever
   knows this could tell the next one. Images that are shown again come early enough for that.
3. The whole is cut into blocks of 6 to 14 images, sizes by chance; within a block the order is that of the keys.
4. From the front, each place takes the first image that is left for which no more than three of one class or of
one origin
   come in a row, a repeat stands at least 20 places behind its first showing, and the rest can still be placed so.

Where three in a row cannot be (one class outnumbers all others), as few more as possible are allowed. An order
depends on the seed, the reader's pseudonym and the images alone: another reader changes nothing, and neither does
a database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from apps.studies.chance import bits

ALGORITHM: Final = "wbcweb-sequence-2"
IN_A_ROW: Final = 3
APART: Final = 20
_SMALLEST_BLOCK: Final = 6
_BLOCK_SIZES: Final = 9
_WHOLE: Final = 1 << 32
_ATTEMPTS: Final = 400
_TRIES_EACH: Final = 40
_TRAITS: Final = ("intended", "origin")


@dataclass(frozen=True, slots=True)
class Image:
    """What the order depends on; ``first`` is the code of the first showing of a repeat, "" for any other image."""

    code: str
    intended: str
    origin: str
    first: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """One place of an order; both numbers count from 1."""

    position: int
    block: int
    code: str


def order(images: Sequence[Image], *, seed: str, who: str, sitting: int = 1) -> list[Place]:
    """Return the places of all images for one reader.

    Args:
        images: In any order.
        seed: The study's, 64 hexadecimal digits.
        who: The reader's pseudonym.
        sitting: Each sitting has an order of its own.

    Raises:
        ValueError: when a code comes twice, a repeat has no first showing, or there are too few images for repeats.
    """
    if len({image.code for image in images}) != len(images):
        raise ValueError("A code comes twice.")
    if {image.first for image in images if image.first} - {image.code for image in images}:
        raise ValueError("A repeat has no first showing.")
    for attempt in range(_ATTEMPTS):
        chance = _Chance(seed, who, sitting, attempt)
        placed = _Filling(_listed(images, chance), more=attempt // _TRIES_EACH).run()
        if placed is not None:
            blocks = _blocks(len(placed), chance)
            return [
                Place(position, block, image.code)
                for position, (image, block) in enumerate(zip(placed, blocks, strict=True), 1)
            ]
    raise ValueError("No order of these images keeps repeats apart.")


def digest(places: Iterable[Place]) -> str:
    """Return the name of an order: SHA-256 of its places."""
    lines = "\n".join(f"{place.position} {place.block} {place.code}" for place in places)
    return sha256(f"{ALGORITHM}\n{lines}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Chance:
    seed: str
    who: str
    sitting: int
    attempt: int

    def of(self, *words: str) -> bytes:
        return bits(self.seed, ALGORITHM, self.who, str(self.sitting), str(self.attempt), *words)

    def key(self, image: Image) -> bytes:
        return self.of(image.code)

    def share(self, what: str, code: str) -> int:
        """Return a number below `_WHOLE`."""
        return int.from_bytes(self.of(what, code)[:4], "big")


def _listed(images: Sequence[Image], chance: _Chance) -> list[Image]:
    """Return the images spread evenly, in blocks, in the order of keys within a block."""
    ranks = _ranks(images, chance)
    keys = {image.code: chance.key(image) for image in images}
    spread = sorted(images, key=lambda image: (ranks[image.code], keys[image.code]))
    blocks = dict(zip((image.code for image in spread), _blocks(len(spread), chance), strict=True))
    return sorted(spread, key=lambda image: (blocks[image.code], keys[image.code]))


def _ranks(images: Sequence[Image], chance: _Chance) -> dict[str, int]:
    """Return where between 0 and `_WHOLE` each image is to stand, by code."""
    strata: dict[str, list[Image]] = {}
    for image in images:
        if not image.first:
            strata.setdefault(image.intended, []).append(image)
    total = len(images)
    shown_again = {image.first for image in images if image.first}
    early = max(1, total - APART - len(shown_again))
    ranks: dict[str, int] = {}
    for _, stratum in sorted(strata.items()):
        in_order = sorted(stratum, key=chance.key)
        for place, image in enumerate(in_order):
            rank = (place * _WHOLE + chance.share("spread", image.code)) // len(in_order)
            ranks[image.code] = rank * early // total if image.code in shown_again else rank
    for image in images:
        if image.first:
            low = min(ranks[image.first] + APART * _WHOLE // total, _WHOLE - 1)
            ranks[image.code] = low + (chance.share("repeat", image.code) * (_WHOLE - low) >> 32)
    return ranks


def _blocks(total: int, chance: _Chance) -> Iterator[int]:
    """Yield the number of the block of each place, from 1."""
    left, block = 0, 0
    for _ in range(total):
        if not left:
            block += 1
            left = _SMALLEST_BLOCK + chance.of("block", str(block))[0] % _BLOCK_SIZES
        left -= 1
        yield block


class _Filling:
    """One attempt to give every place an image."""

    def __init__(self, listed: list[Image], *, more: int) -> None:
        self._left = listed
        self._placed: list[Image] = []
        self._at: dict[str, int] = {}
        self._counts = {trait: Counter(getattr(image, trait) for image in listed) for trait in _TRAITS}
        self._most = {trait: _most(counts) + more for trait, counts in self._counts.items()}
        self._run = dict.fromkeys(_TRAITS, ("", 0))

    def run(self) -> list[Image] | None:
        """Return all images in their order, None when some cannot be placed."""
        while self._left:
            chosen = next((image for image in self._left if self._fits(image)), None)
            if chosen is None:
                return None
            self._place(chosen)
        return self._placed

    def _fits(self, image: Image) -> bool:
        if image.first:
            shown = self._at.get(image.first)
            if shown is None or len(self._placed) - shown < APART:
                return False
        return all(self._keeps(trait, getattr(image, trait)) for trait in _TRAITS)

    def _keeps(self, trait: str, value: str) -> bool:
        """Return whether a value may come next, and whether the others can still be placed after it."""
        most = self._most[trait]
        last, length = self._run[trait]
        length = length + 1 if last == value else 1
        if length > most:
            return False
        counts = self._counts[trait]
        left = len(self._left) - 1
        for other, count in counts.items():
            rest = count - (other == value)
            room = most - length if other == value else most
            if rest > most * (left - rest) + room:
                return False
        return True

    def _place(self, image: Image) -> None:
        self._at[image.code] = len(self._placed)
        self._placed.append(image)
        self._left.remove(image)
        for trait in _TRAITS:
            value = getattr(image, trait)
            last, length = self._run[trait]
            self._run[trait] = (value, length + 1 if last == value else 1)
            self._counts[trait][value] -= 1


def _most(counts: Counter[str]) -> int:
    """Return how many of one value may come in a row: three, or as few more as there must be."""
    total = sum(counts.values())
    most_common = max(counts.values(), default=0)
    return max(IN_A_ROW, -(-most_common // (total - most_common + 1)))

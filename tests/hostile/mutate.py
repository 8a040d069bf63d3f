"""Byte mutations: what a broken disk, a broken line or a stranger with a hex editor does to a file."""

import random
from collections.abc import Callable

INTERESTING = (0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF)
WORDS = (0, 1, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)

Mutation = Callable[[random.Random, bytearray], None]


def _place(rng: random.Random, data: bytearray) -> int:
    """Return an index, in every second case near the start, where formats keep what matters."""
    if not data:
        return 0
    return rng.randrange(min(len(data), 256)) if rng.random() < 0.5 else rng.randrange(len(data))


def _span(rng: random.Random, data: bytearray) -> tuple[int, int]:
    start = _place(rng, data)
    return start, min(len(data), start + rng.choice((1, 2, 4, 8, 64, 512, 4096)))


def flip_bits(rng: random.Random, data: bytearray) -> None:
    for _ in range(rng.choice((1, 2, 4, 16, 64))):
        if data:
            data[_place(rng, data)] ^= 1 << rng.randrange(8)


def set_bytes(rng: random.Random, data: bytearray) -> None:
    for _ in range(rng.choice((1, 2, 8))):
        if data:
            data[_place(rng, data)] = rng.choice(INTERESTING)


def set_word(rng: random.Random, data: bytearray) -> None:
    at = _place(rng, data)
    width = rng.choice((2, 4, 8))
    word = rng.choice(WORDS) & ((1 << 8 * width) - 1)
    data[at : at + width] = word.to_bytes(width, rng.choice(("big", "little")))


def randomise(rng: random.Random, data: bytearray) -> None:
    start, end = _span(rng, data)
    data[start:end] = rng.randbytes(end - start)


def blank(rng: random.Random, data: bytearray) -> None:
    start, end = _span(rng, data)
    data[start:end] = bytes([rng.choice(INTERESTING)]) * (end - start)


def drop(rng: random.Random, data: bytearray) -> None:
    start, end = _span(rng, data)
    del data[start:end]


def repeat(rng: random.Random, data: bytearray) -> None:
    start, end = _span(rng, data)
    data[start:start] = data[start:end] * rng.choice((1, 2, 64))


def insert(rng: random.Random, data: bytearray) -> None:
    at = _place(rng, data)
    data[at:at] = rng.randbytes(rng.choice((1, 2, 3, 16, 1024)))


def swap(rng: random.Random, data: bytearray) -> None:
    first, second = _span(rng, data), _span(rng, data)
    one, two = data[slice(*first)], data[slice(*second)]
    data[slice(*second)] = one
    data[slice(*first)] = two


def cut(rng: random.Random, data: bytearray) -> None:
    del data[rng.randrange(len(data) + 1) :]


def behead(rng: random.Random, data: bytearray) -> None:
    del data[: rng.randrange(min(len(data), 600) + 1)]


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits,
    set_bytes,
    set_word,
    randomise,
    blank,
    drop,
    repeat,
    insert,
    swap,
    cut,
    behead,
)


def mutated(rng: random.Random, good: bytes) -> bytes:
    """Return a file with one to four mutations."""
    data = bytearray(good)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        rng.choice(MUTATIONS)(rng, data)
    return bytes(data)


def spliced(rng: random.Random, one: bytes, two: bytes) -> bytes:
    """Return the beginning of one file and the end of another."""
    return one[: rng.randrange(len(one) + 1)] + two[rng.randrange(len(two) + 1) :]

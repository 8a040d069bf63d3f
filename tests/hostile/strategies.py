"""The same lies for Hypothesis, which looks for what nobody thought of and makes a finding small."""

from hypothesis import strategies as st

from tests.hostile.good import NAMES, good
from tests.hostile.structure import PNG_MARK, chunk, chunks_of

_BYTES = st.binary(max_size=40)
_WORDS = st.integers(0, 0xFFFFFFFF)


@st.composite
def edited(draw: st.DrawFn) -> bytes:
    """Return a good file after some edits, each at a place of its own: replaced, removed or added bytes."""
    data = bytearray(good(draw(st.sampled_from(NAMES)), draw(st.integers(0, 3))))
    places = st.integers(0, max(0, len(data) - 1)) | st.integers(0, min(255, len(data) - 1))
    for place, act, patch in draw(
        st.lists(st.tuples(places, st.sampled_from("sria"), _BYTES), min_size=1, max_size=6)
    ):
        at = min(place, len(data))
        if act == "s":
            data[at : at + len(patch)] = patch
        elif act == "r":
            del data[at : at + 8 * max(1, len(patch))]
        elif act == "i":
            data[at:at] = patch
        else:
            del data[at:]
    return bytes(data)


_SMALL_WORDS = st.sampled_from((0, 1, 31, 32, 33, 168, 0x7FFFFFFF, 0xFFFFFFFF)) | _WORDS


@st.composite
def chunked(draw: st.DrawFn) -> bytes:
    """Return a PNG put together of chunks: those of a good one, in any order and number, and made-up ones."""
    own = list(chunks_of(good("png")))
    names = st.sampled_from(
        [b"IHDR", b"IDAT", b"IEND", b"PLTE", b"tRNS", b"pHYs", b"iCCP", b"zTXt", b"eXIf", b"acTL"]
    )
    parts = draw(st.lists(st.sampled_from(own) | st.tuples(names, _BYTES), max_size=8))
    header = b"".join(draw(_SMALL_WORDS).to_bytes(4, "big") for _ in range(2)) + bytes(
        draw(st.tuples(*[st.integers(0, 17)] * 5))
    )
    head = draw(st.sampled_from([[own[0]], [(b"IHDR", header)], []]))
    return PNG_MARK + b"".join(chunk(*part) for part in [*head, *parts])


def hostile_files() -> st.SearchStrategy[bytes]:
    """Return files that are wrong in ways found by Hypothesis."""
    return edited() | chunked() | st.binary(max_size=300)

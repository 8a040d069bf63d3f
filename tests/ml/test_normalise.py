"""Pictures of different histories become files that differ in their picture data alone."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from ml.images import decode
from ml.images.container import picture_bytes, read_container
from ml.images.normalise import (
    BLOCK,
    SMALLEST_SOURCE,
    Rule,
    normalise,
    one_length,
    pad,
    resample,
    rule_for,
)
from ml.images.perceptual import NEAR, distance, fingerprint
from ml.images.traits import FAMILIES, traits
from tests.kits import images as kit

RULE = Rule(side=128, working=64)


def files(seed: int) -> list[bytes]:
    """Return one picture with five histories."""
    image = kit.picture(120, 100, seed)
    exif = Image.Exif()
    exif[0x010E] = kit.CANARY
    return [
        kit.encoded(image, "JPEG", quality=60, exif=exif, comment=kit.CANARY.encode(), dpi=(300, 300)),
        kit.encoded(image, "JPEG", quality=98, subsampling=0, progressive=True),
        kit.encoded(image, "PNG"),
        kit.encoded(image.convert("RGBA"), "PNG"),
        kit.encoded(image, "TIFF"),
    ]


def test_no_history_is_left_in_the_container() -> None:
    made = [normalise(decode(data).pixels, RULE) for seed in range(4) for data in files(seed)]
    length = one_length(map(len, made))
    padded = [pad(data, length) for data in made]
    assert len({read_container(data) for data in padded}) == 1
    seen = read_container(padded[0])
    assert (seen.process, seen.width, seen.height, seen.bits) == ("baseline", 128, 128, 8)
    assert (seen.sampling, seen.foreign, seen.tail) == ("1x1 1x1 1x1", "", "zeros or nothing")
    assert (seen.length, length % BLOCK) == (length, 0)
    assert not any(kit.CANARY.encode() in data for data in padded)


def test_padding_changes_no_pixel() -> None:
    data = normalise(decode(files(1)[2]).pixels, RULE)
    padded = pad(data, len(data) + 1000)
    assert picture_bytes(padded) == len(data)
    with Image.open(io.BytesIO(data)) as one, Image.open(io.BytesIO(padded)) as two:
        assert np.array_equal(np.asarray(one), np.asarray(two))
    with pytest.raises(ValueError, match="cannot be padded"):
        pad(data, len(data) - 1)
    with pytest.raises(ValueError, match="cannot be padded"):
        pad(b"no picture", 100)


def test_another_key_pads_with_other_bytes_and_no_marker() -> None:
    data = normalise(decode(files(1)[2]).pixels, RULE)
    one, two = (pad(data, len(data) + 5000, key=key) for key in (b"1", b"2"))
    assert one != two
    assert one == pad(data, len(data) + 5000, key=b"1")
    assert len(one) == len(two) == len(data) + 5000
    assert b"\xff" not in one[len(data) :]
    assert picture_bytes(one) == picture_bytes(two) == len(data)
    with Image.open(io.BytesIO(data)) as plain, Image.open(io.BytesIO(one)) as padded:
        assert np.array_equal(np.asarray(plain), np.asarray(padded))


def test_the_middle_square_is_shown_without_its_edges() -> None:
    pixels = np.full((100, 160, 3), 200, np.uint8)
    pixels[:, :30] = pixels[:, -30:] = 0
    pixels[0], pixels[-1] = 0, 0
    assert resample(pixels, RULE).min() > 190


def test_every_picture_is_shrunk_before_it_is_shown() -> None:
    rule = rule_for(100, side=384)
    assert rule.working == 46
    fine = np.indices((100, 100)).sum(axis=0) % 2 * 255
    shown = resample(np.repeat(fine[..., None], 3, axis=2).astype(np.uint8), rule)
    # The finest chessboard that a source can hold is above what the working resolution can.
    assert shown.shape == (384, 384, 3)
    assert shown.std() < 5
    with pytest.raises(ValueError, match="below the working resolution"):
        resample(np.zeros((40, 40, 3), np.uint8), rule)
    with pytest.raises(ValueError, match="smallest"):
        rule_for(SMALLEST_SOURCE - 1, side=384)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"quality": 94}, "tables"),
        ({"progressive": True}, "process"),
        ({"subsampling": 2}, "sampling"),
        ({"comment": b"made by a generator"}, "foreign"),
        ({"icc_profile": b"profile" * 20}, "foreign"),
        ({"dpi": (300, 300)}, "head"),
        ({"optimize": True}, "head"),
    ],
)
def test_a_container_of_another_kind_is_told_apart(options: dict[str, object], field: str) -> None:
    base = {"quality": 95, "subsampling": 0}
    plain = read_container(kit.encoded(kind="JPEG", **base)).as_json()
    other = read_container(kit.encoded(kind="JPEG", **{**base, **options})).as_json()
    assert plain[field] != other[field]


@pytest.mark.parametrize(
    "data", [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\x00\x04ab\xff"]
)
def test_what_is_no_jpeg_is_said(data: bytes) -> None:
    with pytest.raises(ValueError, match="JPEG"):
        read_container(data)


def test_what_follows_the_picture_is_seen() -> None:
    data = normalise(decode(files(1)[2]).pixels, RULE)
    assert read_container(data + b"\x00\x00seed 7").tail == "other bytes"


def test_files_of_one_picture_are_near_and_others_far() -> None:
    prints = []
    for seed in range(6):
        # As many blobs as a cell has lobes: a fingerprint of a plain wave is that of its noise.
        draw = np.random.default_rng(seed)
        coarse = Image.fromarray(draw.integers(0, 255, (9, 9, 3), dtype=np.uint8))
        image = coarse.resize((120, 100), Image.Resampling.BICUBIC)
        made = [
            kit.encoded(image, "JPEG", quality=60),
            kit.encoded(image.resize((90, 75), Image.Resampling.LANCZOS), "PNG"),
            kit.encoded(image, "PNG"),
        ]
        prints.append([fingerprint(decode(data).pixels) for data in made])
    for own in prints:
        assert distance(own[2], np.array(own)).max() <= NEAR
    between = [int(distance(prints[a][0], prints[b][0][None])[0]) for a in range(6) for b in range(a + 1, 6)]
    assert min(between) > NEAR


def test_figures_see_what_they_are_named_after() -> None:
    clean = decode(files(3)[2]).pixels[:96, :96]
    out = io.BytesIO()
    Image.fromarray(clean).save(out, "JPEG", quality=30)
    blocky = decode(out.getvalue()).pixels
    framed = clean.copy()
    framed[:2] = framed[-2:] = 0
    framed[:, :2] = framed[:, -2:] = 0
    noisy = np.clip(clean + np.random.default_rng(1).normal(0, 6, clean.shape), 0, 255).astype(np.uint8)
    found = {
        name: traits(pixels, encoded=100)
        for name, pixels in (("clean", clean), ("blocky", blocky), ("framed", framed), ("noisy", noisy))
    }
    assert all(set(one) == set(FAMILIES) for one in found.values())
    assert all(np.isfinite(list(values.values())).all() for one in found.values() for values in one.values())
    assert found["blocky"]["blocks"]["period of eight"] > 2 * found["clean"]["blocks"]["period of eight"]
    assert found["framed"]["border"]["ring"] == 0.0
    assert found["noisy"]["detail"]["bend"] > found["clean"]["detail"]["bend"] + 1
    assert found["noisy"]["spectrum"]["band 8"] > found["clean"]["spectrum"]["band 8"] + 1

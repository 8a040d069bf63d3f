"""The decoder: what it accepts becomes plain sRGB pixels, what it refuses gets its own sentence."""

import contextlib
import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from ml.errors import ImageError
from ml.images import (
    DamagedImage,
    DecodeLimits,
    EmptyFile,
    ImageTooLarge,
    NotAnImage,
    SeveralPictures,
    UnreadableFile,
    decode,
    encode_png,
    encode_thumbnail,
    pixel_sha256,
)
from tests.kits import images as kit

HOSTILE = list(kit.hostile())


@pytest.mark.parametrize(("what", "name", "data", "sentence"), HOSTILE, ids=[row[0] for row in HOSTILE])
def test_each_bad_file_gets_its_own_sentence(what: str, name: str, data: bytes, sentence: str) -> None:
    with pytest.raises(ImageError) as refused:
        decode(data, name=name)
    assert sentence in refused.value.message
    assert refused.value.message.endswith(".")
    assert "Error" not in refused.value.message


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_lossless_formats_keep_every_pixel(kind: str) -> None:
    image = decode(kit.encoded(kind=kind))
    assert np.array_equal(image.pixels, np.asarray(kit.picture()))
    assert (image.width, image.height, image.format, image.notices) == (96, 64, kind, ())
    assert image.pixels.flags.c_contiguous
    assert image.pixels.dtype == np.uint8


def test_a_jpeg_is_read_as_pillow_reads_it() -> None:
    data = kit.encoded(kind="JPEG", quality=90)
    assert np.array_equal(decode(data).pixels, np.asarray(Image.open(io.BytesIO(data))))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP"])
@pytest.mark.parametrize("part", [0.1, 0.35, 0.6, 0.85, 0.97])
def test_a_cut_file_never_becomes_a_picture(kind: str, part: float) -> None:
    image = Image.fromarray(np.random.default_rng(1).integers(0, 255, (80, 120, 3), dtype=np.uint8))
    data = kit.encoded(image, kind)
    with pytest.raises(DamagedImage):
        decode(data[: int(len(data) * part)])


@pytest.mark.parametrize("seed", range(60))
def test_flipped_bytes_never_raise_anything_but_a_refusal(seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = bytearray(kit.encoded(kind=["JPEG", "PNG", "TIFF", "BMP"][seed % 4]))
    for place in rng.integers(4, len(data), 12):
        data[place] = int(rng.integers(0, 256))
    with contextlib.suppress(ImageError):
        image = decode(bytes(data))
        assert image.pixels.shape == (image.height, image.width, 3)


def test_the_wrong_extension_is_accepted_by_content_with_a_notice() -> None:
    image = decode(kit.encoded(kind="JPEG"), name="field.PNG")
    assert image.format == "JPEG"
    assert image.notices == ("The name ends in .png but the content is JPEG; it was read as JPEG.",)


@pytest.mark.parametrize("name", ["field.jpg", "field.JPEG", "field", "field.2024"])
def test_a_fitting_or_unknown_extension_is_no_news(name: str) -> None:
    assert decode(kit.encoded(kind="JPEG"), name=name).notices == ()


def test_caps_hold_before_anything_is_decoded() -> None:
    data = kit.encoded()
    with pytest.raises(ImageTooLarge, match="at most 0 MB"):
        decode(data, limits=DecodeLimits(max_bytes=100))
    with pytest.raises(ImageTooLarge, match="96 x 64 pixels"):
        decode(data, limits=DecodeLimits(max_pixels=96 * 64 - 1))
    assert decode(data, limits=DecodeLimits(max_pixels=96 * 64)).width == 96


def test_a_site_may_allow_more_than_pillow_does_by_default() -> None:
    data = kit.encoded(Image.new("1", (9_500, 9_500)), "PNG")
    assert decode(data, limits=DecodeLimits(max_pixels=100_000_000)).width == 9_500


def test_a_file_above_the_byte_cap_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(kit.encoded())
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("read"))
    with pytest.raises(ImageTooLarge):
        decode(path, limits=DecodeLimits(max_bytes=100))


def test_a_missing_or_empty_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"gone\.png"):
        decode(tmp_path / "gone.png")
    with pytest.raises(UnreadableFile):
        decode(tmp_path)
    (tmp_path / "empty.png").touch()
    with pytest.raises(EmptyFile):
        decode(tmp_path / "empty.png")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_the_orientation_tag_is_applied(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = np.asarray(kit.picture())
    undo = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: np.rot90(upright, 1)[::-1].transpose(1, 0, 2)[::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }
    # Stored turned, so that applying the tag brings the upright picture back.
    stored = {7: upright[::-1, ::-1].transpose(1, 0, 2)}.get(orientation, undo[orientation])
    data = kit.encoded(Image.fromarray(np.ascontiguousarray(stored)), kind, exif=exif)
    decoded = decode(data).pixels.astype(int)
    assert decoded.shape == upright.shape
    assert np.abs(decoded - upright).mean() < (6 if kind == "JPEG" else 0.001)


def sixteen_bit(values: np.ndarray, kind: str) -> bytes:
    import cv2

    done, data = cv2.imencode(f".{kind}", values[..., ::-1] if values.ndim == 3 else values)
    assert done
    return data.tobytes()


@pytest.mark.parametrize("kind", ["png", "tiff"])
@pytest.mark.parametrize(("bits", "used"), [(16, ""), (12, " (12 of them used)"), (10, " (10 of them used)")])
def test_sixteen_bit_colour_is_scaled_over_the_depth_in_use(kind: str, bits: int, used: str) -> None:
    top = (1 << bits) - 1
    values = np.rint(np.asarray(kit.picture()) / 255.0 * top).astype(np.uint16)
    values[0, 0] = top
    image = decode(sixteen_bit(values, kind))
    assert np.array_equal(image.pixels, np.rint(values / top * 255).astype(np.uint8))
    assert image.notices == (f"16-bit values{used} were scaled to 8 bits.",)


@pytest.mark.parametrize("kind", ["png", "tiff"])
def test_sixteen_bit_grey_is_scaled(kind: str) -> None:
    values = np.linspace(0, 65535, 64 * 96).reshape(64, 96).astype(np.uint16)
    image = decode(sixteen_bit(values, kind))
    assert np.array_equal(image.pixels[..., 0], np.rint(values / 257).astype(np.uint8))
    assert any("16-bit" in notice for notice in image.notices)
    assert any("greyscale" in notice for notice in image.notices)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_sixteen_bit_colour_is_turned_like_any_other(orientation: int) -> None:
    """The 16-bit values come from another reader; the 8-bit reading of the same file tells which way is up."""
    values = (np.asarray(kit.picture()).astype(np.uint16)) * 257
    deep = sixteen_bit(values, "png")
    exif = Image.Exif()
    exif[0x0112] = orientation
    tag = kit.chunk(b"eXIf", exif.tobytes()[6:] if exif.tobytes().startswith(b"Exif") else exif.tobytes())
    plain = decode(kit.encoded(exif=exif)).pixels
    assert np.array_equal(decode(deep[:33] + tag + deep[33:]).pixels, plain)


def test_transparency_is_laid_on_white_with_a_notice() -> None:
    image = kit.picture().convert("RGBA")
    image.putalpha(Image.new("L", image.size, 255))
    assert decode(kit.encoded(image)).notices == ()
    image.putpixel((0, 0), (10, 20, 30, 0))
    decoded = decode(kit.encoded(image))
    assert decoded.pixels[0, 0].tolist() == [255, 255, 255]
    assert np.array_equal(decoded.pixels[1:], np.asarray(kit.picture())[1:])
    assert decoded.notices == ("Transparent parts were laid on white.",)


def test_a_palette_becomes_its_colours() -> None:
    image = kit.picture().quantize(16)
    decoded = decode(kit.encoded(image))
    assert np.array_equal(decoded.pixels, np.asarray(image.convert("RGB")))
    image.info["transparency"] = 3
    see_through = decode(kit.encoded(image, transparency=3))
    assert see_through.notices == ("Transparent parts were laid on white.",)


@pytest.mark.parametrize("mode", ["L", "1"])
def test_grey_is_said_to_be_grey(mode: str) -> None:
    decoded = decode(kit.encoded(kit.picture().convert(mode)))
    assert decoded.pixels.shape == (64, 96, 3)
    assert decoded.notices == ("The picture is greyscale; cells can be found, but classes need colour.",)


def test_print_colours_are_converted_with_a_notice() -> None:
    image = kit.picture().convert("CMYK")
    for kind in ("TIFF", "JPEG"):
        decoded = decode(kit.encoded(image, kind))
        assert np.abs(decoded.pixels.astype(int) - np.asarray(kit.picture())).mean() < 12
        assert "CMYK" in decoded.notices[0]


def swapped_profile() -> bytes:
    """Return an sRGB profile whose red and blue primaries have changed places, and its name."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    places = {}
    for i in range(struct.unpack(">I", profile[128:132])[0]):
        tag = bytes(profile[132 + 12 * i : 136 + 12 * i])
        places[tag] = 132 + 12 * i
    r, b = places[b"rXYZ"], places[b"bXYZ"]
    profile[r + 4 : r + 12], profile[b + 4 : b + 12] = profile[b + 4 : b + 12], profile[r + 4 : r + 12]
    return bytes(profile).replace(b"s\x00R\x00G\x00B", b"x\x00R\x00G\x00B")


def test_a_colour_profile_is_applied() -> None:
    decoded = decode(kit.encoded(icc_profile=swapped_profile()))
    assert np.abs(decoded.pixels[..., ::-1].astype(int) - np.asarray(kit.picture())).mean() < 2
    assert decoded.notices[0].startswith("Colours were converted to sRGB from the profile in the file")


def test_an_srgb_profile_changes_nothing() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    decoded = decode(kit.encoded(icc_profile=profile))
    assert np.array_equal(decoded.pixels, np.asarray(kit.picture()))
    assert decoded.notices == ()


@pytest.mark.parametrize("profile", [b"garbage" * 40, None])
def test_a_damaged_or_foreign_profile_is_ignored_with_a_notice(profile: bytes | None) -> None:
    if profile is None:  # a grey picture with a profile for colours
        data = kit.encoded(kit.picture().convert("L"), icc_profile=swapped_profile())
    else:
        data = kit.encoded(icc_profile=profile)
    assert any("profile" in notice and "ignored" in notice for notice in decode(data).notices)


def test_a_phone_picture_with_a_preview_keeps_the_main_picture() -> None:
    data = kit.encoded(kind="MPO", save_all=True, append_images=[kit.picture(seed=1)])
    decoded = decode(data, name="IMG_1.jpg")
    assert np.abs(decoded.pixels.astype(int) - np.asarray(kit.picture())).mean() < 6
    assert "main picture" in decoded.notices[0]


def test_a_reduced_copy_inside_a_tiff_is_no_second_page() -> None:
    preview = kit.picture().resize((48, 32))
    preview.encoderinfo = {"tiffinfo": {254: 1}}
    data = kit.encoded(kind="TIFF", save_all=True, append_images=[preview])
    assert np.array_equal(decode(data).pixels, np.asarray(kit.picture()))
    with pytest.raises(SeveralPictures):
        decode(kit.two_pages())


def test_equal_pixels_have_one_hash_whatever_the_file() -> None:
    hashes = {pixel_sha256(decode(kit.encoded(kind=kind)).pixels) for kind in ("PNG", "TIFF", "BMP")}
    assert len(hashes) == 1
    flat = np.zeros((2, 6, 3), np.uint8)
    assert pixel_sha256(flat) != pixel_sha256(flat.reshape(6, 2, 3))


def test_what_is_written_is_lossless_and_bare() -> None:
    pixels = np.asarray(kit.picture())
    with Image.open(io.BytesIO(encode_png(pixels))) as stored:
        assert np.array_equal(np.asarray(stored), pixels)
        assert stored.info == {}
    with Image.open(io.BytesIO(encode_thumbnail(pixels, side=40))) as small:
        assert small.size == (40, 27)
        assert not small.getexif()
    with Image.open(io.BytesIO(encode_thumbnail(pixels))) as same:
        assert same.size == (96, 64)


@pytest.mark.shared_data
def test_the_real_bad_file_is_refused(shared_data: Path) -> None:
    paths = sorted((shared_data / "bad").iterdir())
    assert paths
    for path in paths:
        with pytest.raises(NotAnImage) as refused:
            decode(path)
        assert "not a picture" in refused.value.message


@pytest.mark.shared_data
def test_real_fields_are_read_without_notices(shared_data: Path) -> None:
    paths = sorted((shared_data / "bccd" / "JPEGImages").glob("*.jpg"))[:8]
    assert len(paths) == 8
    for path in paths:
        image = decode(path)
        assert (image.width, image.height, image.notices, image.um_per_px) == (640, 480, (), None)

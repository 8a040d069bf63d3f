"""Micrometres per pixel: believed when a microscope could mean it, ignored when a screen or a printer does."""

import struct

import pytest
from PIL import Image, TiffImagePlugin

from ml.images import decode
from tests.kits import images as kit

IFDRational = TiffImagePlugin.IFDRational


def tiff(**tags: object) -> bytes:
    """Return a TIFF with tags, named as Pillow's ``tiffinfo`` numbers with a leading t."""
    return kit.encoded(kind="TIFF", tiffinfo={int(name[1:]): value for name, value in tags.items()})


def png(x: int, y: int, unit: int = 1) -> bytes:
    data = kit.encoded()
    return data[:33] + kit.chunk(b"pHYs", struct.pack(">IIB", x, y, unit)) + data[33:]


def jpeg(x: int, y: int, unit: int) -> bytes:
    data = bytearray(kit.encoded(kind="JPEG"))
    place = data.index(b"JFIF\x00") + 7
    data[place : place + 5] = struct.pack(">BHH", unit, x, y)
    return bytes(data)


OME = '<?xml version="1.0"?><OME><Image><Pixels PhysicalSizeX="{x}" PhysicalSizeXUnit="{unit}" {more}/></Image></OME>'

KNOWN = [
    ("TIFF per centimetre", tiff(t282=IFDRational(100_000), t283=IFDRational(100_000), t296=3), 0.1),
    ("TIFF per inch", tiff(t282=IFDRational(254_000), t283=IFDRational(254_000), t296=2), 0.1),
    ("TIFF without a unit tag means inches", tiff(t282=IFDRational(254_000), t283=IFDRational(254_000)), 0.1),
    (
        "ImageJ in microns",
        tiff(t282=IFDRational(8), t283=IFDRational(8), t296=1, t270="ImageJ=1.54f\nunit=micron\n"),
        0.125,
    ),
    (
        "ImageJ in escaped µm",
        tiff(t282=IFDRational(8), t283=IFDRational(8), t296=1, t270="ImageJ=1.53t\nunit=\\u00B5m\nmin=0\n"),
        0.125,
    ),
    ("OME in µm", tiff(t270=OME.format(x="0.0645", unit="um", more='PhysicalSizeY="0.0645"')), 0.0645),
    ("OME in nm", tiff(t270=OME.format(x="64.5", unit="nm", more="")), 0.0645),
    ("PNG per metre", png(10_000_000, 10_000_000), 0.1),
    ("JPEG per centimetre", jpeg(50_000, 50_000, 2), 0.2),
    ("JPEG per inch", jpeg(50_800, 50_800, 1), 0.5),
]


@pytest.mark.parametrize(("what", "data", "um_per_px"), KNOWN, ids=[row[0] for row in KNOWN])
def test_the_scale_in_the_file_is_read(what: str, data: bytes, um_per_px: float) -> None:
    image = decode(data)
    assert image.um_per_px == pytest.approx(um_per_px, rel=0.002)
    assert image.notices == ()


UNKNOWN = [
    ("plain PNG", kit.encoded()),
    ("PNG for a screen", png(2835, 2835)),
    ("PNG of unknown unit", png(10_000_000, 10_000_000, unit=0)),
    ("JPEG with 300 dots per inch", kit.encoded(kind="JPEG", dpi=(300, 300))),
    ("JPEG whose density is a ratio", jpeg(50_000, 50_000, 0)),
    ("JPEG of zero density", jpeg(0, 0, 1)),
    ("TIFF for print", tiff(t282=IFDRational(300), t283=IFDRational(300), t296=2)),
    ("TIFF without a unit", tiff(t282=IFDRational(254_000), t283=IFDRational(254_000), t296=1)),
    ("TIFF of zero resolution", tiff(t282=IFDRational(0), t283=IFDRational(0), t296=2)),
    ("ImageJ in pixels", tiff(t282=IFDRational(8), t283=IFDRational(8), t270="ImageJ=1.54f\nunit=pixel\n")),
    ("OME of nonsense", tiff(t270=OME.format(x="1e999", unit="um", more=""))),
    ("BMP for a screen", kit.encoded(kind="BMP", dpi=(96, 96))),
]


@pytest.mark.parametrize(("what", "data"), UNKNOWN, ids=[row[0] for row in UNKNOWN])
def test_what_no_microscope_means_is_no_scale(what: str, data: bytes) -> None:
    image = decode(data)
    assert image.um_per_px is None
    assert image.notices == ()


def test_oblong_pixels_are_said_and_not_used() -> None:
    image = decode(png(10_000_000, 5_000_000))
    assert image.um_per_px is None
    assert image.notices == ("The file gives different scales across and down; its scale was not used.",)


def test_a_camera_that_writes_its_print_size_into_exif_gives_no_scale() -> None:
    exif = Image.Exif()
    exif[282], exif[283], exif[296] = IFDRational(254_000), IFDRational(254_000), 2
    data = kit.encoded(kind="JPEG", exif=exif)
    start = data.index(b"\xff\xe0")
    length = struct.unpack(">H", data[start + 2 : start + 4])[0]
    assert decode(data[:start] + data[start + 2 + length :]).um_per_px is None

"""What large fields cost, measured by the kernel: for each pixel as much as lets fifty megapixels stay within 512 MB,
and thirty of 16 bits a channel.

At an eighth of that size, for the sake of time; `make hostile` measures the full one.
"""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from ml.images import DecodeLimits, DecoderChild, ImageTooLarge
from ml.images.types import MEBI

SIDE = 2_500
OWN = 80 * MEBI  # of the child itself
FULL, FULL_DEEP = 50_000_000, 30_000_000


def share(full: int) -> int:
    """Return the limit for this size that leaves each pixel as much as it has at the full size."""
    return OWN + int((DecodeLimits().memory - OWN) / full * SIDE * SIDE)


ENOUGH = share(FULL)


@pytest.fixture
def child() -> Iterator[DecoderChild]:
    made = DecoderChild()
    yield made
    made.close()


def peak_mib(pid: int) -> float:
    """Return the most memory that a process ever had resident (VmHWM of proc(5)), in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kib = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
    return int(kib) / 1024


def pixels(side: int = SIDE) -> NDArray[np.uint8]:
    """Return a large picture in which every place differs and which every format packs well."""
    y, x = np.ogrid[0:side, 0:side]
    step = side // 250
    return np.stack([x // step + 0 * y, y // step + 0 * x, (x + y) // (2 * step)], axis=-1).astype(np.uint8)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def _with_profile() -> bytes:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # Under another name it is converted like any other profile.
    return profile.replace(b"s\x00R\x00G\x00B", b"x\x00R\x00G\x00B").replace(b"sRGB", b"xRGB")


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def _see_through(image: Image.Image) -> Image.Image:
    image = image.convert("RGBA")
    image.putalpha(128)
    return image


LARGE: dict[str, Callable[[NDArray[np.uint8]], bytes]] = {
    "JPEG, turned": lambda rgb: saved(Image.fromarray(rgb), "JPEG", exif=_turned()),
    "JPEG, print colours": lambda rgb: saved(Image.fromarray(rgb).convert("CMYK"), "JPEG"),
    "JPEG, progressive": lambda rgb: saved(Image.fromarray(rgb), "JPEG", progressive=True),
    "PNG with a profile": lambda rgb: saved(
        Image.fromarray(rgb), "PNG", compress_level=1, icc_profile=_with_profile()
    ),
    "PNG, see-through": lambda rgb: saved(_see_through(Image.fromarray(rgb)), "PNG", compress_level=1),
    "PNG of 16 bits": lambda rgb: cv2.imencode(".png", rgb.astype(np.uint16) * 257)[1].tobytes(),
    "PNG, palette": lambda rgb: saved(
        Image.fromarray(rgb[:, :, 0]).convert("P"), "PNG", compress_level=1, transparency=3
    ),
    "TIFF, turned": lambda rgb: saved(
        Image.fromarray(rgb), "TIFF", compression="tiff_deflate", tiffinfo={274: 6}
    ),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_field_takes_its_share_and_no_more(child: DecoderChild, tmp_path: Path, name: str) -> None:
    path = tmp_path / "large"
    path.write_bytes(LARGE[name](pixels()))
    enough = share(FULL_DEEP) if "16 bits" in name else ENOUGH
    decoded = child.decode(path, limits=DecodeLimits(memory=enough))
    assert decoded.width * decoded.height == SIDE * SIDE
    assert child.pid is not None
    assert peak_mib(child.pid) <= enough / MEBI


def test_what_would_need_more_is_refused_for_what_it_is(child: DecoderChild, tmp_path: Path) -> None:
    """A progressive JPEG at full colour resolution keeps all its coefficients beside the picture."""
    path = tmp_path / "large.jpg"
    path.write_bytes(saved(Image.fromarray(pixels()), "JPEG", progressive=True, subsampling=0))
    with pytest.raises(ImageTooLarge, match="too much memory"):
        child.decode(path, limits=DecodeLimits(memory=100 * MEBI))
    assert child.decode(path).width == SIDE
    for data in (
        saved(Image.fromarray(pixels()), "PNG", compress_level=1),
        LARGE["PNG of 16 bits"](pixels()),
    ):
        path.write_bytes(data)
        with pytest.raises(ImageTooLarge, match="too much memory"):
            child.decode(path, limits=DecodeLimits(memory=90 * MEBI))


def test_a_child_that_served_a_large_field_is_small_again(child: DecoderChild, tmp_path: Path) -> None:
    """Otherwise every next file has less than its share, until none can be read."""
    path = tmp_path / "large.png"
    path.write_bytes(saved(Image.fromarray(pixels()), "PNG", compress_level=1))
    for _ in range(4):
        child.decode(path, limits=DecodeLimits(memory=ENOUGH))
    child.decode(_small(tmp_path))
    lines = Path(f"/proc/{child.pid}/status").read_text().splitlines()
    resident = next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS"))
    assert resident <= OWN / MEBI


def _small(folder: Path) -> Path:
    path = folder / "small.png"
    path.write_bytes(saved(Image.new("RGB", (64, 64)), "PNG"))
    return path

"""Plain figures of a picture by which a file, rather than a cell, could be told from another. Torch-free.

In families, since the figures of one family say much the same: mean colour, border, high frequencies, the block grid
of an earlier compression, the spectrum, and how many bytes the picture takes when it is encoded.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

FAMILIES: Mapping[str, str] = {
    "colour": "Mean colour",
    "border": "Border",
    "detail": "High-frequency energy",
    "blocks": "Blockiness",
    "spectrum": "Spectrum",
    "bytes": "Bytes of the picture before padding",
}

_RING = 2
_BANDS = 8
_TINY = 1e-9
_Grey = NDArray[np.float64]


def traits(pixels: NDArray[np.uint8], *, encoded: int) -> dict[str, dict[str, float]]:
    """Return the figures of a square picture by family.

    Args:
        pixels: uint8 array of shape (S, S, 3), sRGB.
        encoded: How many bytes its file has without padding.
    """
    values = pixels.astype(np.float64)
    grey = values @ np.array([0.299, 0.587, 0.114])
    return {
        "colour": _colour(values),
        "border": _border(grey),
        "detail": _detail(grey),
        "blocks": _blocks(grey),
        "spectrum": _spectrum(grey),
        "bytes": {"bytes": float(encoded)},
    }


def _colour(values: NDArray[np.float64]) -> dict[str, float]:
    found = {}
    for number, name in enumerate(("red", "green", "blue")):
        found[f"{name} mean"] = float(values[..., number].mean())
        found[f"{name} spread"] = float(values[..., number].std())
    found["saturation"] = float((values.max(axis=2) - values.min(axis=2)).mean())
    return found


def _border(grey: _Grey) -> dict[str, float]:
    """Return how the outermost ring differs from the next: padding, a frame, repeated edges."""
    mask = np.zeros(grey.shape, bool)
    mask[:_RING], mask[-_RING:], mask[:, :_RING], mask[:, -_RING:] = True, True, True, True
    inner = np.zeros(grey.shape, bool)
    cut = 3 * _RING
    inner[:cut], inner[-cut:], inner[:, :cut], inner[:, -cut:] = True, True, True, True
    inner &= ~mask
    steps = np.concatenate(
        [grey[0] - grey[1], grey[-1] - grey[-2], grey[:, 0] - grey[:, 1], grey[:, -1] - grey[:, -2]]
    )
    return {
        "ring": float(grey[mask].mean()),
        "ring against next": float(grey[mask].mean() - grey[inner].mean()),
        "ring spread": float(grey[mask].std()),
        "step at the edge": float(np.abs(steps).mean()),
        "flat edge": float((np.abs(steps) < 0.5).mean()),
    }


def _detail(grey: _Grey) -> dict[str, float]:
    across, down = np.diff(grey, axis=1), np.diff(grey, axis=0)
    bend = grey[1:-1, :-2] + grey[1:-1, 2:] + grey[:-2, 1:-1] + grey[2:, 1:-1] - 4 * grey[1:-1, 1:-1]
    return {
        "gradient": float(np.log(np.square(across).mean() + np.square(down).mean() + _TINY)),
        "bend": float(np.log(np.square(bend).mean() + _TINY)),
        "quiet bend": float(np.log(np.quantile(np.abs(bend), 0.25) + 0.01)),
    }


def _blocks(grey: _Grey) -> dict[str, float]:
    """Return the strength of the grid of eight pixels, and of the strongest other period.

    The bends of brightness along a line, averaged over all lines, repeat with the grid of an earlier compression;
    after a change of size the period is another one, so all are looked at.
    """
    found: dict[str, float] = {}
    strongest, eight = [], []
    for values in (grey, grey.T):
        bend = np.abs(values[:, :-2] - 2 * values[:, 1:-1] + values[:, 2:])
        profile = np.log(np.median(bend, axis=0) + bend.mean(axis=0) + 0.05)
        profile -= np.convolve(np.pad(profile, 8, mode="reflect"), np.ones(17) / 17, mode="valid")
        power = np.abs(np.fft.rfft(profile * np.hanning(profile.size)))
        # Frequencies of periods from 2.2 to 24 pixels, in cycles over the profile.
        low, high = profile.size // 24, int(profile.size / 2.2)
        level = np.median(power[low:high]) + _TINY
        strongest.append(float(power[low:high].max() / level))
        at = [round(profile.size * k / 8) for k in (1, 2, 3)]
        eight.append(float(np.mean([power[i - 1 : i + 2].max() for i in at]) / level))
    found["period of eight"] = float(np.mean(eight))
    found["strongest period"] = float(np.mean(strongest))
    return found


def _spectrum(grey: _Grey) -> dict[str, float]:
    """Return the share of the power in bands of frequency, and how far the axes stand out of it."""
    side = min(grey.shape)
    window = np.hanning(side)
    square = (grey[:side, :side] - grey.mean()) * window[:, None] * window
    power = np.square(np.abs(np.fft.fftshift(np.fft.fft2(square)))) + _TINY
    step = np.arange(side) - side // 2
    radius = np.hypot(step[:, None], step) / (side / 2)
    total = power[radius < 1].sum()
    found = {}
    edges = np.linspace(0.02, 1.0, _BANDS + 1)
    for number in range(_BANDS):
        band = power[(radius >= edges[number]) & (radius < edges[number + 1])].sum()
        found[f"band {number + 1}"] = float(np.log(band / total + 1e-12))
    outer = radius >= 0.25
    axes = outer & ((np.abs(step)[:, None] <= 1) | (np.abs(step) <= 1))
    found["axes"] = float(np.log(power[axes].mean() / power[outer & ~axes].mean()))
    return found

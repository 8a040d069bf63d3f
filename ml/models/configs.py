"""Settings of the networks; torch-free, so that a form or a card can name them without loading one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LocatorConfig:
    """Shape of the `locator`: channels per stage, channels of the head, bins per side, kinds of object."""

    widths: tuple[int, ...] = (24, 32, 64, 128, 160)
    head: int = 80
    bins: int = 17
    kinds: int = 3


@dataclass(frozen=True, slots=True)
class CompactConfig:
    """Shape of `compact`: channels and blocks per stage, share of features dropped before the last layer.

    ``standardise``: each channel of each crop is brought to mean 0 and deviation 1 first, so that the colour of the
    light and the exposure are taken out before anything is learnt.
    """

    widths: tuple[int, ...] = (24, 48, 88, 168)
    depths: tuple[int, ...] = (1, 2, 3, 2)
    drop: float = 0.2
    standardise: bool = True


@dataclass(frozen=True, slots=True)
class WNetConfig:
    """``drop`` is the share dropped: the paper's "p = 0.6" is most likely the share kept (TensorFlow 1)."""

    drop: float = 0.4


@dataclass(frozen=True, slots=True)
class NoConfig:
    """For methods without settings."""

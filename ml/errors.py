"""Errors that `ml` raises on purpose; each message is a sentence for the person who asked.

Torch-free. A caller shows ``error.message`` as it is; everything that is not an ``MLError`` is a fault of ours.
"""

from __future__ import annotations


class MLError(Exception):
    """Say in one sentence what was wrong and what to do; the base of every expected failure in `ml`."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ImageError(MLError):
    """Refuse an image file; the subclasses in `ml.images` name the reason."""


class WeightsError(MLError):
    """Refuse weights or a card: missing, damaged, of another shape, or not what the card says."""


class ClassListMismatch(WeightsError):
    """Refuse weights made for another class list; the message names both lists."""


class UnknownName(MLError):
    """Refuse a name that no registry holds; the message lists the names that exist."""


class ConfigError(MLError):
    """Refuse a setting that is unknown, of the wrong type or out of range."""


class DatasetError(MLError):
    """Refuse a data set: missing folder, unreadable list, too few cells."""


class DeviceError(MLError):
    """Refuse a compute device that does not exist on this machine."""


class CheckpointError(MLError):
    """Refuse a checkpoint that is damaged or belongs to another run."""


class TrainingDiverged(MLError):
    """Stop a training run whose loss is no longer a number."""


class Cancelled(MLError):
    """End a computation because its cancel token asked for it; nothing is left half-written."""

    def __init__(self, message: str = "Cancelled on request.") -> None:
        super().__init__(message)

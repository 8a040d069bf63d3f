"""Make the pictures of a study's cases alike in all but what they show; part of the job that prepares a study."""

from apps.studies.normalise.duplicates import NearDuplicates
from apps.studies.normalise.rendering import Rendering, discard, record, render, run
from apps.studies.normalise.sources import drawable, pixels_of, widest, windowed

__all__ = [
    "NearDuplicates",
    "Rendering",
    "discard",
    "drawable",
    "pixels_of",
    "record",
    "render",
    "run",
    "widest",
    "windowed",
]

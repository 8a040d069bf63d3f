"""Which cells become the cases of a study: by chance from the seed, on record; one of the few that know the key."""

from apps.studies.draw.candidates import Source, available, shortages, sources
from apps.studies.draw.drawing import Drawn, draw, seen_before, write
from apps.studies.draw.key import commitments, images_of

__all__ = [
    "Drawn",
    "Source",
    "available",
    "commitments",
    "draw",
    "images_of",
    "seen_before",
    "shortages",
    "sources",
    "write",
]

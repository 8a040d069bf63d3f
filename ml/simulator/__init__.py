"""Smear simulator: seeded fields with known boxes and classes, drawn with numpy and OpenCV only.

For tests, the demo slide and a small part of the locator's training; never for a reported figure.
"""

from ml.simulator.field import WHITE_CELL_CLASSES, SimulatedField, SimulatedObject, simulate_field
from ml.simulator.files import to_png
from ml.simulator.stains import STAINS, Stain

__all__ = [
    "STAINS",
    "WHITE_CELL_CLASSES",
    "SimulatedField",
    "SimulatedObject",
    "Stain",
    "simulate_field",
    "to_png",
]

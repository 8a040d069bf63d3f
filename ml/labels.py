"""Class lists: ordered, versioned and hashed sets of cell classes with their roles. Torch-free.

Names, letters, keys and colours follow the product's table (Okabe-Ito colours where one fits; each class also has a
letter, so that colour is never the only carrier). A *human-only* class can be chosen by a person and is never the
output of a model; only the other classes, in order, are the outputs of a classifier.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum

from ml.errors import UnknownName


class Role(StrEnum):
    """What a class does in a differential count."""

    LEUKOCYTE = "leukocyte"
    NRBC = "nrbc"
    NON_CELL = "non-cell"
    UNCLASSIFIABLE = "unclassifiable"


@dataclass(frozen=True, slots=True)
class CellClass:
    """One class of a list; ``key`` is the keyboard key by its browser name, ``colour`` an sRGB hex value."""

    name: str
    title: str
    letter: str
    key: str
    colour: str
    role: Role
    human_only: bool = False


@dataclass(frozen=True, slots=True)
class ClassList:
    """An ordered, versioned list of classes."""

    name: str
    version: int
    title: str
    classes: tuple[CellClass, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the classes a model can say, in output order."""
        return tuple(c.name for c in self.classes if not c.human_only)

    @property
    def sha256(self) -> str:
        """Return the digest of the list: what a model's outputs mean, in order, with roles."""
        parts = [[c.name, c.role.value] for c in self.classes if not c.human_only]
        return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()

    def __getitem__(self, name: str) -> CellClass:
        """Return the class of that name; raises ``UnknownName`` with the names that exist."""
        for cell_class in self.classes:
            if cell_class.name == name:
                return cell_class
        known = ", ".join(c.name for c in self.classes)
        raise UnknownName(f"The class list “{self.name}” has no class “{name}”. It has: {known}.")

    def __contains__(self, name: object) -> bool:
        """Return whether a class of that name is in the list."""
        return any(c.name == name for c in self.classes)

    def describe(self) -> list[dict[str, object]]:
        """Return the classes as plain dictionaries, in order."""
        return [asdict(c) for c in self.classes]


NEUTROPHIL = CellClass("neutrophil", "Neutrophil", "N", "1", "#56B4E9", Role.LEUKOCYTE)
LYMPHOCYTE = CellClass("lymphocyte", "Lymphocyte", "L", "2", "#882255", Role.LEUKOCYTE)
MONOCYTE = CellClass("monocyte", "Monocyte", "M", "3", "#009E73", Role.LEUKOCYTE)
EOSINOPHIL = CellClass("eosinophil", "Eosinophil", "E", "4", "#D55E00", Role.LEUKOCYTE)
BASOPHIL = CellClass("basophil", "Basophil", "B", "5", "#0072B2", Role.LEUKOCYTE)
IMMATURE_GRANULOCYTE = CellClass(
    "immature-granulocyte", "Immature granulocyte", "I", "6", "#CC79A7", Role.LEUKOCYTE
)
ERYTHROBLAST = CellClass("erythroblast", "Erythroblast", "R", "7", "#E69F00", Role.NRBC)
PLATELET = CellClass("platelet", "Platelet", "P", "8", "#F0E442", Role.NON_CELL)
OTHER_LEUKOCYTE = CellClass(
    "other-leukocyte", "Other leukocyte", "O", "9", "#767676", Role.LEUKOCYTE, human_only=True
)
NOT_CLASSED = CellClass(
    "not-classed", "Not classed", "X", "x", "#767676", Role.UNCLASSIFIABLE, human_only=True
)
NOT_A_CELL = CellClass(
    "not-a-cell", "Not a cell", "-", "Backspace", "#767676", Role.NON_CELL, human_only=True
)

_FIVE = (NEUTROPHIL, LYMPHOCYTE, MONOCYTE, EOSINOPHIL, BASOPHIL)
_HUMAN = (OTHER_LEUKOCYTE, NOT_CLASSED, NOT_A_CELL)

CLASS_LISTS: dict[str, ClassList] = {
    "five": ClassList("five", 1, "Five-part differential", (*_FIVE, *_HUMAN)),
    "four": ClassList(
        "four", 1, "Four classes without basophil", (NEUTROPHIL, LYMPHOCYTE, MONOCYTE, EOSINOPHIL, *_HUMAN)
    ),
    "eight": ClassList(
        "eight",
        1,
        "Five-part differential with precursors and platelets",
        (*_FIVE, IMMATURE_GRANULOCYTE, ERYTHROBLAST, PLATELET, *_HUMAN),
    ),
}


def class_list(name: str) -> ClassList:
    """Return the shipped class list of that name; raises ``UnknownName`` with the names that exist."""
    try:
        return CLASS_LISTS[name]
    except KeyError:
        raise UnknownName(f"There is no class list “{name}”. There are: {', '.join(CLASS_LISTS)}.") from None

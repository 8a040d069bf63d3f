"""What the classes of an archive become here: a proposal by known names, which a person confirms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from apps.core.errors import InvalidInput
from apps.datasets.formats.out import UNCLASSIFIED
from apps.datasets.models import Import
from apps.registry.models import CellClass

# What public sets and other programs call the classes of the shipped lists. Left of the colon as `_bare` leaves it.
_KNOWN: Final = {
    "ig": "immature-granulocyte",
    "igs": "immature-granulocyte",
    "immaturegranulocytes": "immature-granulocyte",
    "promyelocyte": "immature-granulocyte",
    "myelocyte": "immature-granulocyte",
    "metamyelocyte": "immature-granulocyte",
    "neutrophils": "neutrophil",
    "neu": "neutrophil",
    "sne": "neutrophil",
    "bne": "neutrophil",
    "segmentedneutrophil": "neutrophil",
    "bandneutrophil": "neutrophil",
    "lymphocytes": "lymphocyte",
    "lym": "lymphocyte",
    "ly": "lymphocyte",
    "monocytes": "monocyte",
    "mono": "monocyte",
    "mon": "monocyte",
    "eosinophils": "eosinophil",
    "eos": "eosinophil",
    "basophils": "basophil",
    "baso": "basophil",
    "bas": "basophil",
    "erythroblasts": "erythroblast",
    "nrbc": "erythroblast",
    "normoblast": "erythroblast",
    "platelets": "platelet",
    "plt": "platelet",
    "thrombocyte": "platelet",
    "artefact": "not-a-cell",
    "artifact": "not-a-cell",
}
_WHITE: Final = frozenset(
    {"wbc", "whitecell", "whitebloodcell", "leukocyte", "leucocyte", "cell", UNCLASSIFIED, ""}
)
_RED: Final = frozenset({"rbc", "redcell", "redbloodcell", "erythrocyte", "redbloodcells"})


def propose(names: Iterable[str], classes: Sequence[CellClass]) -> dict[str, str]:
    """Return what each name most likely means: a class, a box without one, to be left out, or "" for unknown."""
    own = {_bare(word): one.name for one in classes for word in (one.name, one.title)}
    return {name: _meaning(_bare(name), own) for name in names}


def _meaning(bare: str, own: Mapping[str, str]) -> str:
    if bare in own:
        return own[bare]
    if bare in _WHITE or bare.removesuffix("s") in _WHITE:
        return Import.NO_CLASS
    if bare in _RED or bare.removesuffix("s") in _RED:
        return Import.LEAVE_OUT
    known = _KNOWN.get(bare, "")
    return known if known in own.values() else ""


def check(mapping: Mapping[str, str], names: Sequence[str], classes: Sequence[CellClass]) -> dict[str, str]:
    """Return a mapping that says something of every name, and nothing else.

    Raises:
        InvalidInput: a name has no meaning, or one that the class list does not have; ``detail`` names them.
    """
    allowed = {one.name for one in classes} | {Import.NO_CLASS, Import.LEAVE_OUT}
    unknown = sorted(name for name in names if mapping.get(name) not in allowed)
    strangers = sorted(set(mapping) - set(names))
    if unknown:
        shown = ", ".join(f"“{name}”" if name else "no class" for name in unknown[:10])
        raise InvalidInput(
            f"Say what becomes of {shown}{' and others' if len(unknown) > 10 else ''}.",
            code="mapping",
            detail={"names": unknown[:100]},
        )
    if strangers:
        raise InvalidInput(
            "The mapping names classes that the archive does not have.",
            code="mapping",
            detail={"names": [name[:200] for name in strangers[:100]]},
        )
    return {name: mapping[name] for name in names}


def _bare(name: str) -> str:
    return re.sub(r"[\s_\-.]+", "", name.strip().lower())

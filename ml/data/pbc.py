"""The PBC set: pictures of single cells, one folder a class (CC BY 4.0; Acevedo et al., Data in Brief 30 (2020) 105474).

PBC records no patient, so figures on it are optimistic. The set holds files that are not images; they are left out.
"""

from __future__ import annotations

from pathlib import Path

from ml.data.records import CellRecord, read_rgb
from ml.data.splits import part_of, pixel_key
from ml.errors import DatasetError

_CLASSES = {"ig": "immature-granulocyte"}


def read_cells(root: Path) -> list[CellRecord]:
    """Return the cells with label, finer type (SNE, BNE, MY ...), pixel key as group, and part.

    Raises ``DatasetError`` when the folder holds no class folders.
    """
    folders = sorted(p for p in root.iterdir() if p.is_dir()) if root.is_dir() else []
    if not folders:
        raise DatasetError(
            f"No class folders under {root}. Expected one folder per class, such as neutrophil."
        )
    cells = []
    for folder in folders:
        for path in sorted(folder.iterdir()):
            try:
                key = pixel_key(read_rgb(path))
            except DatasetError:
                continue
            label = _CLASSES.get(folder.name, folder.name)
            fine = path.stem.partition("_")[0]
            cells.append(CellRecord("pbc", path.stem, path, label, key, None, part_of(key), fine))
    return cells

"""Sets of single-cell pictures with one folder a class, such as PBC.

PBC: CC BY 4.0; Acevedo et al., Data in Brief 30 (2020) 105474. It records no patient, so figures on it are optimistic.
Public sets of this kind hold files that are not images; they are left out.
"""

from __future__ import annotations

from pathlib import Path

from ml.data.records import CellRecord, read_rgb
from ml.data.splits import part_of, pixel_key
from ml.errors import DatasetError
from ml.labels import ClassList

_FOLDER_NAMES = {"ig": "immature-granulocyte"}
"""Folder names of public sets that are not the class's own name."""


def read_cells(root: Path, class_list: ClassList, *, source: str = "") -> list[CellRecord]:
    """Return the cells of the folders that name a class of the list; other folders are passed over.

    Each record has the pixel key as group, the part by pixels (``ml.data.splits``) and, as finer label, what stands
    before the first underscore of the file name (PBC: SNE, BNE, MY ...). Raises ``DatasetError`` without any cell.
    """
    folders = sorted(p for p in root.iterdir() if p.is_dir()) if root.is_dir() else []
    cells = []
    for folder in folders:
        label = _FOLDER_NAMES.get(folder.name, folder.name.lower())
        if label not in class_list.names:
            continue
        for path in sorted(folder.iterdir()):
            try:
                key = pixel_key(read_rgb(path))
            except DatasetError:
                continue
            fine = path.stem.partition("_")[0]
            cells.append(
                CellRecord(source or root.name, path.stem, path, label, key, None, part_of(key), fine)
            )
    if not cells:
        raise DatasetError(
            f"No cells under {root}. Expected one folder per class, named as in the class list “{class_list.name}”: "
            f"{', '.join(class_list.names)}."
        )
    return cells

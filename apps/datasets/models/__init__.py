"""The tables of imports and exports."""

from apps.datasets.models.export import Export, ExportState, Labels
from apps.datasets.models.picture import CropDigest, ImportedPicture, PictureState, Provenance
from apps.datasets.models.remark import ImportRemark
from apps.datasets.models.source import Declared, Format, Grouping, Import, ImportState

__all__ = [
    "CropDigest",
    "Declared",
    "Export",
    "ExportState",
    "Format",
    "Grouping",
    "Import",
    "ImportRemark",
    "ImportState",
    "ImportedPicture",
    "Labels",
    "PictureState",
    "Provenance",
]

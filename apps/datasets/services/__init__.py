"""What may be done with imports and exports; every function is one act and one transaction."""

from apps.datasets.services.crops import bring_crops_back, crops_of_import, remove_crops
from apps.datasets.services.exports import discard_export, request_export
from apps.datasets.services.imports import confirm, discard, go_on, open_import

__all__ = [
    "bring_crops_back",
    "confirm",
    "crops_of_import",
    "discard",
    "discard_export",
    "go_on",
    "open_import",
    "remove_crops",
    "request_export",
]

"""What may be done with imports and exports; every function is one act and one transaction."""

from apps.datasets.services.exports import discard_export, request_export
from apps.datasets.services.imports import confirm, discard, go_on, open_import

__all__ = ["confirm", "discard", "discard_export", "go_on", "open_import", "request_export"]

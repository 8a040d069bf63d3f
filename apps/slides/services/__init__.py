"""What may be done with uploads and slides; every function is one act and one transaction."""

from apps.slides.services.editing import change_slide, change_specimen, rename_field
from apps.slides.services.erasing import erase_specimen
from apps.slides.services.ingest import ingest_waiting
from apps.slides.services.marking import mark_complete
from apps.slides.services.slides import add_device, describe, rename_fields
from apps.slides.services.trash import empty_trash, restore, trash
from apps.slides.services.uploads import add_file, add_refused, complete, open_upload

__all__ = [
    "add_device",
    "add_file",
    "add_refused",
    "change_slide",
    "change_specimen",
    "complete",
    "describe",
    "empty_trash",
    "erase_specimen",
    "ingest_waiting",
    "mark_complete",
    "open_upload",
    "rename_field",
    "rename_fields",
    "restore",
    "trash",
]

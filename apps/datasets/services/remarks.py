"""Lines of a receipt, written in batches; the boxes that a line keeps out of the import are counted with it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from apps.datasets import limits
from apps.datasets.models import Import, ImportedPicture, ImportRemark
from apps.datasets.values import Odd, Remark

if TYPE_CHECKING:
    from apps.jobs.context import JobContext

_BATCH = 500


class Remarks:
    """What the reading of an archive says, up to as many lines as one receipt may have."""

    def __init__(self, source: Import, ctx: JobContext) -> None:
        self._source = source
        self._ctx = ctx
        self._waiting: list[ImportRemark] = []
        self._count = 0
        self._left_out: Counter[str] = Counter()
        self.orphans = 0  # boxes that belong to no picture of the archive

    def add(self, remark: Remark) -> None:
        """Take a line."""
        if remark.odd == Odd.NO_PICTURE:
            self.orphans += remark.boxes
        self._count += 1
        if self._count > limits.REMARKS:
            self._left_out[remark.odd] += 1
            return
        self._waiting.append(as_row(self._source, remark))
        if len(self._waiting) >= _BATCH:
            self._write()

    def flush(self) -> None:
        """Write what is left, and how much there was beyond."""
        for odd, count in self._left_out.items():
            words = f"{count} further lines of this kind are not written out."
            self._waiting.append(as_row(self._source, Remark("", Odd(odd), words)))
        self._write()

    def _write(self) -> None:
        with self._ctx.transaction():
            ImportRemark.objects.bulk_create(self._waiting)
        self._waiting = []


def as_row(source: Import, remark: Remark, picture: ImportedPicture | None = None) -> ImportRemark:
    """Return a line as a row that is not saved yet."""
    return ImportRemark(
        source=source,
        picture=picture,
        path=remark.path[:400],
        place=remark.place[:500],
        odd=remark.odd,
        message=remark.message[:500],
        boxes=remark.boxes,
    )

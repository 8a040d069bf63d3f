"""What the published study found, to stand beside: Jung et al. 2022, section 5 and table 8.

One medical laboratory specialist, not told the source, classed 10 random real and 10 random generated images of each
of five classes. The text says that of the five errors three were on real and two on generated images; the table does
not part them by source, so no matrix of either arm is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.studies.results.shapes import Share
from ml.published import matrix

SOURCE = "Jung et al. 2022, table 8"
REAL = (47, 50)
GENERATED = (48, 50)
"""Rightly classed of each arm: 50 less the errors that the text counts."""


@dataclass(frozen=True, slots=True)
class Published:
    """The published matrix in the order of a study's classes, where it has all five of them."""

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def right(self) -> int:
        """Return the images classed rightly."""
        return sum(row[at] for at, row in enumerate(self.counts))

    @property
    def n(self) -> int:
        """Return the images."""
        return sum(sum(row) for row in self.counts)

    def shares(self) -> tuple[Share, ...]:
        """Return the sensitivity of each class, then the accuracy, with Wilson intervals."""
        pairs = [(row[at], sum(row)) for at, row in enumerate(self.counts)]
        return tuple(_share(hits, n) for hits, n in (*pairs, (self.right, self.n)))


def _share(hits: int, n: int) -> Share:
    from ml.metrics.intervals import wilson

    return Share(hits, n, hits / n, *wilson(hits, n))


def beside(classes: Sequence[str]) -> Published | None:
    """Return the published matrix in the order of ``classes``; None unless they are the same five."""
    table = matrix("jung22-8")
    if sorted(classes) != sorted(table.classes):
        return None
    at = [table.classes.index(name) for name in classes]
    return Published(tuple(classes), tuple(tuple(table.counts[row][column] for column in at) for row in at))

"""How list pages grow with the cells: the same pages over fresh sites from ten thousand cells to a million."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import site_of_its_own
from site_of_its_own import ROOT

# A slide has a hundred cells whatever the size of the site, so that a page of slides shows the same.
CELLS_PER_SLIDE = 100
UNINDEXED = "API, a filter without an index that no cell passes"
"""As the probe calls the one page that is told and not judged."""
LABELLED_ONE_IN = 5


@dataclass
class Grown:
    """What the probe told of each size."""

    database: str
    told: dict[int, dict[str, dict[str, Any]]] = field(default_factory=dict)

    @property
    def pages(self) -> list[str]:
        """Return the names of the pages."""
        return list(next(iter(self.told.values())))

    def p95(self, page: str, cells: int) -> float:
        """Return the 95th percentile of a page's time in milliseconds."""
        return float(np.percentile(self.told[cells][page]["ms"], 95))

    def queries_of(self, page: str) -> str:
        """Return how many statements a page takes at each size, as one number when it is the same."""
        counts = [str(told[page]["queries"]) for told in self.told.values()]
        return counts[0] if len(set(counts)) == 1 else ", ".join(counts)


def measure(database: str, sizes: Sequence[int]) -> Grown:
    """Seed a site of each size and ask for its lists."""
    grown = Grown(database)
    for cells in sizes:
        seed = [
            "--slides",
            str(cells // CELLS_PER_SLIDE),
            "--fields",
            "2",
            "--cells",
            str(CELLS_PER_SLIDE // 2),
        ]
        with contextlib.ExitStack() as stack:
            site = stack.enter_context(
                site_of_its_own.running(
                    database=database, seed=[*seed, "--labelled", str(LABELLED_ONE_IN)], web=False
                )
            )
            done = subprocess.run(
                [sys.executable, "bench/load/lists_probe.py"],
                cwd=ROOT,
                env=site.environment,
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            grown.told[cells] = json.loads(done.stdout.splitlines()[-1])
    return grown

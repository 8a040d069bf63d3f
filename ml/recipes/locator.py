"""Train the shipped `locator` on BCCD, TXL (both sources) and, for one view in twelve, simulated fields."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ml.contracts import KINDS
from ml.data import bccd, txl
from ml.data.corrections import read_corrections
from ml.models.locator import Locator
from ml.simulator import simulate_field
from ml.training.field_sampler import FieldSampler, TrainingField, ViewSizes, load_field
from ml.training.locate_task import LocateTask
from ml.training.loop import LoopSettings

SHARES = {"bccd": 0.50, "txl-raabin": 0.18, "txl-pbc": 0.24, "simulated": 0.08}
"""How often a view is drawn from each source; simulated fields stay under one in ten."""

SIMULATED_FIELDS = 240

SIZES = ViewSizes(wide_from=5500)
"""The last third is trained at sizes and cut-outs far from the usual, for pictures of unknown scale."""

SETTINGS = LoopSettings(
    steps=8000, learning_rate=2e-3, evaluate_every=500, average_decay=0.9985, bfloat16=True
)


def task(data: Path, *, seed: int = 0) -> tuple[LocateTask, dict[str, int]]:
    """Return the task and how many fields each source gave.

    ``data`` holds the folders ``bccd`` and ``txl`` and perhaps ``corrections.csv``.
    """
    corrections = read_corrections(data / "corrections.csv")
    fields = {"bccd": [load_field(r) for r in bccd.read_fields(data / "bccd", "train", corrections)]}
    validation = {"bccd": bccd.read_fields(data / "bccd", "val", corrections)}
    for source in txl.SOURCES:
        records = txl.read_fields(data / "txl", source, "train", corrections)
        fields[f"txl-{source}"] = [load_field(r) for r in records]
        validation[f"txl-{source}"] = txl.read_fields(data / "txl", source, "val", corrections)
    fields["simulated"] = simulated_fields(SIMULATED_FIELDS)
    sampler = FieldSampler([(SHARES[name], found) for name, found in fields.items()], seed=seed, sizes=SIZES)
    return LocateTask(Locator(), sampler, validation), {name: len(found) for name, found in fields.items()}


def simulated_fields(count: int) -> list[TrainingField]:
    """Return simulated fields; every third holds no white cell, since the public sets have no such field."""
    made = []
    for index in range(count):
        simulated = simulate_field(500_000 + index, white_cells=[] if index % 3 == 0 else None)
        made.append(
            TrainingField(
                pixels=simulated.pixels,
                boxes=np.array([o.box for o in simulated.objects], dtype=np.float64).reshape(-1, 4),
                kinds=np.array([KINDS.index(o.kind) for o in simulated.objects], dtype=np.int64),
                partial=np.zeros(len(KINDS), bool),
            )
        )
    return made

import numpy as np
import torch

from ml.contracts import KINDS
from ml.simulator import simulate_field
from ml.training.cell_sampler import CellSampler, TrainingCell
from ml.training.field_sampler import VIEW, FieldSampler, TrainingField


def fields() -> list[TrainingField]:
    made = []
    for seed in range(3):
        simulated = simulate_field(seed)
        made.append(
            TrainingField(
                simulated.pixels,
                np.array([o.box for o in simulated.objects], dtype=np.float64).reshape(-1, 4),
                np.array([KINDS.index(o.kind) for o in simulated.objects], dtype=np.int64),
                np.zeros(len(KINDS), bool),
            )
        )
    return made


def test_views_of_fields_are_the_same_for_the_same_step_and_boxes_lie_in_view() -> None:
    sampler = FieldSampler([(1.0, fields())], seed=3, batch=6)
    images, truths = sampler.batch(5)
    again, _ = sampler.batch(5)
    other, _ = sampler.batch(6)
    assert images.shape == (6, 3, *VIEW)
    assert torch.equal(images, again)
    assert not torch.equal(images, other)
    boxes = torch.cat([t["boxes"] for t in truths])
    assert len(boxes)
    assert (boxes[:, :2] < boxes[:, 2:]).all()
    assert (boxes >= 0).all()
    assert (boxes[:, 2] <= VIEW[1]).all()
    assert (boxes[:, 3] <= VIEW[0]).all()


def test_views_of_cells_are_the_same_for_the_same_step() -> None:
    pixels = simulate_field(1).pixels
    cells = [TrainingCell.of(pixels, (100, 100, 220, 230), label) for label in (0, 1)]
    sampler = CellSampler([(1.0, cells)], seed=3, size=64, batch=8)
    images, labels = sampler.batch(2)
    again, labels_again = sampler.batch(2)
    assert images.shape == (8, 3, 64, 64)
    assert torch.equal(images, again)
    assert torch.equal(labels, labels_again)
    assert set(labels.tolist()) == {0, 1}


def test_a_source_with_no_cells_is_passed_over() -> None:
    cell = TrainingCell.of(simulate_field(1).pixels, (100, 100, 200, 200), 1)
    sampler = CellSampler([(0.9, []), (0.1, [cell])], seed=0, size=32, batch=2)
    assert sampler.batch(0)[1].tolist() == [1, 1]

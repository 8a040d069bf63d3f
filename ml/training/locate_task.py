"""What it means to train the `locator`: views of fields in, the detector's loss, best IoU per true box out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from ml.data.records import FieldRecord, read_rgb
from ml.localise.locator import FieldLocator
from ml.metrics.localisation import report
from ml.models.locator import Locator
from ml.training.field_sampler import FieldSampler
from ml.training.locate_loss import LocatorLoss


class LocateTask:
    """Train a detector on sampled views and measure it on whole validation fields, source by source."""

    def __init__(
        self, model: Locator, sampler: FieldSampler, validation: Mapping[str, Sequence[FieldRecord]]
    ) -> None:
        self.model: nn.Module = model
        self.network = model
        self.sampler = sampler
        self.loss = LocatorLoss(model)
        self.validation = {
            source: [(read_rgb(r.path), r.boxes()) for r in records] for source, records in validation.items()
        }

    def batch(self, step: int) -> tuple[Tensor, list[dict[str, Tensor]]]:
        """Return the views and truths of a step."""
        return self.sampler.batch(step)

    def losses(self, batch: tuple[Tensor, list[dict[str, Tensor]]]) -> Mapping[str, Tensor]:
        """Return the detector's named losses."""
        images, truths = batch
        return self.loss(self.model(images), (images.shape[2], images.shape[3]), truths)

    def evaluate(self, model: nn.Module) -> Mapping[str, float]:
        """Return mean IoU, share found and unmatched boxes per field of every validation source."""
        assert isinstance(model, Locator)
        locator = FieldLocator(model)
        figures: dict[str, float] = {}
        for source, fields in self.validation.items():
            result = report((white_boxes(locator, pixels), true) for pixels, true in fields)
            figures[f"{source}/iou"] = round(result.mean_iou, 4)
            figures[f"{source}/found"] = round(result.found, 4)
            figures[f"{source}/unmatched"] = round(result.unmatched_per_field, 4)
        return figures


def white_boxes(locator: FieldLocator, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the boxes (P, 4) of the white cells of a field, best first."""
    found = locator.locate(pixels)
    return np.array([d.box for d in found if d.kind == "white-cell"], dtype=np.float64).reshape(-1, 4)

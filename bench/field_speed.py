"""One field from file bytes to classified boxes, warm, beside torchvision's Mask R-CNN in the same run."""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from machine import mark, table
from PIL import Image
from torchvision.models.detection import maskrcnn_resnet50_fpn

from ml.cards import latest
from ml.errors import WeightsError
from ml.images import DecodeLimits, decode
from ml.pipelines import Analyser

FIELDS = 24
TARGET_MS = 100.0
TARGET_RATIO = 30.0


@dataclass(frozen=True)
class FieldSpeed:
    """Milliseconds per field of both, one value a field and round."""

    ours: list[float]
    theirs: list[float]
    weights: str

    @property
    def ratio(self) -> float:
        """Return how many times faster ours is, by medians."""
        return statistics.median(self.theirs) / statistics.median(self.ours)

    @property
    def met(self) -> bool:
        """Say whether both targets are reached."""
        return self.ratio >= TARGET_RATIO and statistics.median(self.ours) < TARGET_MS

    def table(self) -> str:
        """Return the Markdown of this measurement."""
        ours_ok = statistics.median(self.ours) < TARGET_MS
        rows = [
            [f"wbcweb ({self.weights})", *_row(self.ours), f"< {TARGET_MS:.0f} ms: {mark(ours_ok)}"],
            ["Mask R-CNN ResNet-50 FPN (torchvision, default sizes)", *_row(self.theirs), ""],
            [
                "times faster",
                f"{self.ratio:.0f}",
                "",
                "",
                f">= {TARGET_RATIO:.0f}: {mark(self.ratio >= TARGET_RATIO)}",
            ],
        ]
        head = ["one field, decode to classified boxes, warm", "median ms", "5 to 95 % ms", "n", "target"]
        return (
            table(head, rows)
            + f"\n\nBoth on the processor with {torch.get_num_threads()} threads, in turns in one process. Mask "
            "R-CNN has random weights (its speed is asked for, not its answer) and only finds; ours also classifies."
        )


def measure(files: list[bytes], *, rounds: int) -> FieldSpeed:
    """Time both programs in turns: in each round all fields by ours, then two of them by Mask R-CNN."""
    try:
        locator, classifier = latest("locator"), latest("compact")
    except WeightsError as error:
        raise SystemExit(error.message) from error
    analyser = Analyser(locator, classifier, device="cpu")
    limits = DecodeLimits()
    rival = maskrcnn_resnet50_fpn(weights=None, weights_backbone=None).eval()

    def ours(data: bytes) -> None:
        image = decode(data, limits=limits)
        analyser.analyse(image.pixels, um_per_px=image.um_per_px)

    def theirs(data: bytes) -> None:
        with Image.open(io.BytesIO(data)) as image, torch.inference_mode():
            pixels = torch.from_numpy(np.asarray(image.convert("RGB")).copy())
            rival([pixels.permute(2, 0, 1).float() / 255])

    for data in files[:3]:
        ours(data)
    theirs(files[0])
    mine: list[float] = []
    other: list[float] = []
    for turn in range(rounds):
        mine += [_ms(ours, data) for data in files]
        other += [_ms(theirs, files[(2 * turn + k) % len(files)]) for k in range(2)]
    return FieldSpeed(mine, other, f"{locator.label}, {classifier.label}")


def _ms(action: Callable[[bytes], None], data: bytes) -> float:
    begin = time.perf_counter()
    action(data)
    return (time.perf_counter() - begin) * 1000


def _row(values: list[float]) -> list[str]:
    low, high = np.percentile(values, [5, 95])
    return [f"{statistics.median(values):.1f}", f"{low:.1f} to {high:.1f}", str(len(values))]

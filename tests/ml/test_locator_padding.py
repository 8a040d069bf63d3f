"""What the locator sees in the padding beside a field is no cell, and must not stop the analysis."""

from __future__ import annotations

import numpy as np

from ml.localise.locator import FieldLocator


def test_boxes_outside_the_field_are_dropped() -> None:
    boxes = np.array([[10.0, 10.0, 40.0, 40.0], [120.0, 10.0, 150.0, 40.0], [95.0, 10.0, 130.0, 40.0]])
    scores = np.array([[0.9, 0.0, 0.0], [0.8, 0.8, 0.0], [0.7, 0.0, 0.0]], np.float32)
    found = FieldLocator._detections(boxes, scores, 1.0, (100, 100), 0.3)
    assert np.allclose([d.box for d in found], [(10, 10, 40, 40), (95, 10, 100, 40)])
    assert [d.kind for d in found] == ["white-cell", "white-cell"]

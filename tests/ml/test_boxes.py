import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.localise import boxes as box_maths

coordinates = st.floats(0, 500, allow_nan=False)


@st.composite
def box_arrays(draw: st.DrawFn) -> np.ndarray:
    rows = draw(
        st.lists(st.tuples(coordinates, coordinates, st.floats(1, 100), st.floats(1, 100)), max_size=8)
    )
    return np.array([(x, y, x + w, y + h) for x, y, w, h in rows], dtype=np.float64).reshape(-1, 4)


def test_iou_of_half_overlapping_boxes() -> None:
    a, b = np.array([[0.0, 0, 10, 10]]), np.array([[5.0, 0, 15, 10]])
    assert box_maths.iou(a, b)[0, 0] == pytest.approx(1 / 3)
    assert box_maths.containment(a, b)[0, 0] == pytest.approx(0.5)


@given(box_arrays())
def test_iou_is_symmetric_and_one_with_itself(found: np.ndarray) -> None:
    pairs = box_maths.iou(found, found)
    assert np.allclose(pairs, pairs.T)
    assert np.allclose(np.diag(pairs), 1)
    assert ((pairs >= 0) & (pairs <= 1 + 1e-9)).all()


def test_suppression_keeps_one_box_of_each_cell_and_averages_it() -> None:
    found = np.array([[0.0, 0, 100, 100], [2, 2, 102, 102], [300, 300, 400, 400]])
    kept, scores = box_maths.suppress(found, np.array([0.9, 0.9, 0.5]))
    assert kept.tolist() == [[1, 1, 101, 101], [300, 300, 400, 400]]
    assert scores.tolist() == [0.9, 0.5]


def test_a_box_inside_a_better_one_goes() -> None:
    found = np.array([[0.0, 0, 100, 100], [10, 10, 50, 50]])
    kept, _ = box_maths.suppress(found, np.array([0.9, 0.8]))
    assert len(kept) == 1


@given(box_arrays())
def test_what_suppression_keeps_does_not_overlap_much(found: np.ndarray) -> None:
    scores = np.linspace(1, 0.1, len(found))
    kept, kept_scores = box_maths.suppress(found, scores, vote=1.1)
    pairs = box_maths.iou(kept, kept)
    np.fill_diagonal(pairs, 0)
    assert (pairs <= 0.5 + 1e-9).all()
    assert len(kept) == len(kept_scores)


def test_clipping_stays_on_the_image() -> None:
    clipped = box_maths.clip(np.array([[-5.0, -1, 700, 20]]), 640, 480)
    assert clipped.tolist() == [[0, 0, 640, 20]]

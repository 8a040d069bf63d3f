import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.training.augment import Appearance, change_appearance, flip_and_turn, turn_boxes


@given(st.integers(0, 10_000), st.integers(20, 60), st.integers(20, 60))
def test_boxes_follow_what_they_mark_through_turns_and_mirrors(seed: int, width: int, height: int) -> None:
    rng = np.random.default_rng(seed)
    x0, y0 = int(rng.integers(0, width - 5)), int(rng.integers(0, height - 5))
    x1, y1 = int(rng.integers(x0 + 1, width)), int(rng.integers(y0 + 1, height))
    image = np.zeros((height, width, 3), np.uint8)
    image[y0:y1, x0:x1] = 255
    turned, turns, mirror = flip_and_turn(image, rng)
    box = turn_boxes(
        np.array([[x0, y0, x1, y1]], dtype=np.float64), width=width, height=height, turns=turns, mirror=mirror
    )[0]
    rows, columns = np.nonzero(turned[..., 0])
    assert box.tolist() == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


@pytest.mark.parametrize("seed", range(5))
def test_another_appearance_is_another_picture_of_the_same_size(seed: int) -> None:
    image = np.random.default_rng(0).integers(60, 255, (48, 64, 3), dtype=np.uint8)
    changed = change_appearance(image, np.random.default_rng(seed), Appearance(probability=1.0))
    again = change_appearance(image, np.random.default_rng(seed), Appearance(probability=1.0))
    assert changed.shape == image.shape
    assert changed.dtype == np.uint8
    assert not np.array_equal(changed, image)
    assert np.array_equal(changed, again)


def test_no_strength_leaves_the_picture_alone() -> None:
    image = np.full((8, 8, 3), 200, np.uint8)
    assert change_appearance(image, np.random.default_rng(1), Appearance(probability=0.0)) is image

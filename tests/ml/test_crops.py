import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml import crops
from ml.training.cell_sampler import PATCH_SIZE, TrainingCell


def field() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (120, 160, 3), dtype=np.uint8)


def test_a_crop_is_the_square_around_the_box_times_context() -> None:
    pixels = field()
    crop = crops.cut(pixels, (40, 40, 80, 60), context=1.5)
    assert crop.shape == (60, 60, 3)
    assert np.array_equal(crop, pixels[20:80, 30:90])


def test_beyond_the_border_is_grey() -> None:
    crop = crops.cut(field(), (0, 0, 40, 40), context=1.5)
    assert (crop[:10] == crops.FILL).all()
    assert (crop[:, :10] == crops.FILL).all()
    assert not (crop[10:, 10:] == crops.FILL).all()


@given(
    st.tuples(st.floats(-50, 200), st.floats(-50, 200), st.floats(0.5, 100), st.floats(0.5, 100)),
    st.floats(1, 3),
)
def test_any_box_gives_a_crop_of_the_asked_size(
    box: tuple[float, float, float, float], context: float
) -> None:
    x, y, w, h = box
    assert crops.cut(field(), (x, y, x + w, y + h), context=context, size=32).shape == (32, 32, 3)


def test_a_box_without_area_is_refused() -> None:
    with pytest.raises(ValueError, match="without area"):
        crops.cut(field(), (5, 5, 5, 5))


def test_a_cell_is_cut_alike_from_a_field_and_from_its_own_picture() -> None:
    """The tensor a slide's cell gives is the one its picture in a training set would give."""
    pixels = field()
    on_field = crops.cut(pixels, (60, 50, 100, 90), size=64)
    picture = pixels[20:120, 30:130]
    assert np.array_equal(crops.cut(picture, (30, 30, 70, 70), size=64), on_field)


def test_a_training_patch_shows_what_the_crop_shows() -> None:
    """The unchanged view of a stored patch and the crop for inference agree up to resampling."""
    yy, xx = np.mgrid[0:400, 0:400]
    smooth = np.stack((np.sin(xx / 30), np.cos(yy / 25), np.sin((xx + yy) / 40)), -1)
    pixels = ((smooth + 1) * 127).astype(np.uint8)
    box = (120.0, 130.0, 280.0, 290.0)
    cell = TrainingCell.of(pixels, box, 0)
    half = round(PATCH_SIZE / 2.0 * crops.CONTEXT / 2)
    middle = PATCH_SIZE // 2
    view = crops.resize(cell.patch[middle - half : middle + half, middle - half : middle + half], 128)
    plain = crops.cut(pixels, box, size=128)
    assert np.abs(view.astype(int) - plain.astype(int)).mean() < 2

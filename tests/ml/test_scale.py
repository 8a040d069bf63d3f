import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.contracts import Detection
from ml.localise.locator import FIRST_SIDE, OTHER_SIDES, RED_CELL_PX, RED_CELL_RANGE, FieldLocator
from ml.localise.scale import RED_CELL_UM, estimate, red_cell_diameter
from ml.models.locator import Locator


def red_cells(diameter: float, count: int = 6) -> list[Detection]:
    return [
        Detection((i * 200.0, 0.0, i * 200.0 + diameter, diameter * 0.9), 0.9, "red-cell")
        for i in range(count)
    ]


@given(st.floats(5, 400))
def test_red_cells_tell_micrometres_per_pixel(diameter: float) -> None:
    scale = estimate(red_cells(diameter), None)
    assert scale.estimated
    assert scale.um_per_px == pytest.approx(RED_CELL_UM / diameter, abs=1e-4)


def test_a_known_scale_wins_and_too_few_red_cells_say_nothing() -> None:
    assert estimate(red_cells(80), 0.1).estimated is False
    assert estimate(red_cells(80), 0.1).um_per_px == 0.1
    assert red_cell_diameter(red_cells(80, 3)) is None
    assert estimate([], None).um_per_px is None


class Looks(FieldLocator):
    """A locator whose looks are written down; it sees red cells of a given size in the field's own pixels."""

    def __init__(self, diameter: float | None) -> None:
        super().__init__(Locator())
        self.diameter = diameter
        self.factors: list[float] = []

    def look(self, pixels: np.ndarray, factor: float, threshold: float | None = None) -> list[Detection]:
        self.factors.append(factor)
        if self.diameter is None or not 15 <= self.diameter * factor <= 200:
            return []
        return red_cells(self.diameter)


FIELD = np.zeros((480, 640, 3), np.uint8)


def test_one_look_is_enough_at_the_right_size() -> None:
    locator = Looks(100)
    locator.locate(FIELD)
    assert locator.factors == [FIRST_SIDE / 640]


@pytest.mark.parametrize("diameter", [20, 45, 180, 300])
def test_red_cells_too_small_or_too_large_give_a_second_look_at_the_size_they_tell(diameter: float) -> None:
    locator = Looks(diameter)
    locator.locate(FIELD)
    assert any(RED_CELL_RANGE[0] <= factor * diameter <= RED_CELL_RANGE[1] for factor in locator.factors)


def test_a_known_scale_needs_no_search() -> None:
    locator = Looks(100)
    locator.locate(FIELD, um_per_px=0.075)
    assert locator.factors == [pytest.approx(RED_CELL_PX / 100)]


@pytest.mark.parametrize("wrong", [0.02, 0.5])
def test_a_scale_that_the_red_cells_contradict_is_not_believed(wrong: float) -> None:
    locator = Looks(100)
    locator.locate(FIELD, um_per_px=wrong)
    assert locator.factors[1:] == [FIRST_SIDE / 640]


def test_a_field_without_red_cells_ends_the_search() -> None:
    locator = Looks(None)
    locator.locate(np.zeros((3000, 4000, 3), np.uint8))
    assert len(locator.factors) <= 1 + len(OTHER_SIDES)

import numpy as np
import pytest

from ml.metrics import classification, localisation


def boxes(*rows: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


def test_a_perfect_field_and_a_missed_one() -> None:
    cell = (0.0, 0.0, 10.0, 10.0)
    report = localisation.report([(boxes(cell), boxes(cell)), (boxes(), boxes(cell))])
    assert report.mean_iou == 0.5
    assert report.min_iou == 0
    assert report.found == 0.5
    assert report.unmatched_per_field == 0


def test_two_boxes_on_one_cell_count_one_too_many() -> None:
    report = localisation.report([(boxes((0, 0, 10, 10), (0, 0, 10, 9)), boxes((0, 0, 10, 10)))])
    assert report.found == 1
    assert report.unmatched_per_field == 1


def test_a_field_without_true_boxes_still_counts_what_is_too_much() -> None:
    report = localisation.report(
        [(boxes((0, 0, 5, 5)), boxes()), (boxes((0, 0, 10, 10)), boxes((0, 0, 10, 10)))]
    )
    assert report.unmatched_per_field == 0.5


def test_no_true_box_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="No true box"):
        localisation.report([(boxes((0, 0, 5, 5)), boxes())])


def test_macro_and_pooled_differ_with_unequal_classes() -> None:
    report = classification.report(["a"] * 8 + ["b"] * 2, ["a"] * 8 + ["a", "b"], ["a", "b"])
    assert report.pooled_accuracy == 0.9
    assert report.macro_accuracy == 0.75
    assert report.confusion == ((8, 0, 0), (1, 1, 0))


def test_a_class_outside_the_comparison_is_an_error_of_its_true_class() -> None:
    report = classification.report(["a", "a"], ["a", "z"], ["a", "b"])
    assert report.per_class == {"a": 0.5}
    assert report.confusion[0] == (1, 0, 1)


def test_calibration_error_of_half_right_and_fully_sure() -> None:
    sure = np.array([[1.0, 0.0], [1.0, 0.0]])
    assert classification.expected_calibration_error(sure, np.array([0, 1])) == pytest.approx(0.5)

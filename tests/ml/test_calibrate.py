import numpy as np
import pytest
from scipy.special import softmax

from ml.recipes.calibrate import MOST_REJECTED, fit_temperature, unidentified_threshold
from ml.recipes.publish import SCORES, choose_score


def drawn(temperature: float, cells: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Return logits that are too large by a factor, and labels drawn from the probabilities they should have."""
    rng = np.random.default_rng(0)
    honest = rng.normal(0, 2, (cells, 5))
    cumulative = softmax(honest, axis=1).cumsum(1)
    labels = (rng.random((cells, 1)) > cumulative).sum(1)
    return honest * temperature, labels


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_that_spoilt_the_logits_is_found(temperature: float) -> None:
    logits, labels = drawn(temperature)
    assert fit_temperature(logits, labels, np.ones(len(labels))) == pytest.approx(temperature, rel=0.08)


def test_the_threshold_never_rejects_more_than_it_may() -> None:
    logits, labels = drawn(1.0)
    threshold, rejected, accuracy = unidentified_threshold(logits, labels, 1.0)
    assert rejected <= MOST_REJECTED
    assert accuracy >= (logits.argmax(1) == labels).mean()
    assert 0 <= threshold < 1


def test_a_perfect_classifier_needs_the_lowest_threshold_only() -> None:
    labels = np.arange(50) % 5
    logits = np.eye(5)[labels] * 20
    threshold, rejected, accuracy = unidentified_threshold(logits, labels, 1.0)
    assert (rejected, accuracy) == (0.0, 1.0)
    assert threshold == pytest.approx(0.3)


def test_the_score_of_a_locator_keeps_empty_pictures_empty() -> None:
    cell = (0.0, 0.0, 10.0, 10.0)
    source = [(np.array([[*cell, 0.6]]), np.array([cell]))]
    empty = [[np.array([[*cell, 0.42]]), np.empty((0, 5))]]
    assert 0.42 < choose_score([source], empty) <= 0.6
    assert choose_score([source]) < 0.42


def test_a_locator_that_always_sees_something_gets_the_highest_score() -> None:
    cell = (0.0, 0.0, 10.0, 10.0)
    source = [(np.array([[*cell, 0.6]]), np.array([cell]))]
    assert choose_score([source], [[np.array([[*cell, 0.99]])]]) == SCORES[-1]

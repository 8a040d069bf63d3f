"""The published tables through our code: what follows from them, and what contradicts them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ml import published
from ml.metrics.matrix import figures
from ml.published.checks import as_markdown
from tests.kits.shared_data import find_shared_data

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "published.md"
BESIDE = Path(__file__).resolve().parents[3] / "shared" / "published"


def short(check: published.Check) -> tuple[str, str, float, float]:
    return check.table, check.where, check.printed, round(check.ours, 2)


def test_a_matrix_counted_by_hand():
    found = figures([[8, 1, 1], [2, 6, 0]])
    assert (found.cells, found.right) == (18, 14)
    assert found.recall == pytest.approx((0.8, 0.75))
    assert found.precision == pytest.approx((0.8, 6 / 7))
    assert found.specificity == pytest.approx((6 / 8, 9 / 10))
    assert found.negative_predictive == pytest.approx((6 / 8, 9 / 11))
    assert found.macro_f1 == pytest.approx((0.8 + 2 * 0.75 * (6 / 7) / (0.75 + 6 / 7)) / 2)
    assert figures([[0, 3], [0, 3]]).precision == pytest.approx((0, 0.5))


@pytest.mark.parametrize("counts", [[[1], [2]], [[0, 0], [1, 1]], [[1, -1], [0, 1]]])
def test_what_is_no_matrix_is_refused(counts):
    with pytest.raises(ValueError, match="confusion matrix"):
        figures(counts)


@pytest.mark.parametrize(
    ("name", "percent"),
    [
        ("jung22-5", {"accuracy": 100}),
        ("jung22-6", {"accuracy": 95.67, "macro_precision": 93, "macro_recall": 95, "macro_f1": 94}),
        ("jung22-8", {"accuracy": 95}),
        (
            "shahin17-3",
            {"accuracy": 96.1, "macro_recall": 91.6, "macro_specificity": 98.9, "macro_precision": 91.2},
        ),
    ],
)
def test_these_matrices_give_what_their_papers_print(name, percent):
    found = figures(published.matrix(name).counts)
    for figure, value in percent.items():
        decimals = len(str(value).partition(".")[2])
        assert abs(100 * getattr(found, figure) - value) <= 0.5 * 10**-decimals, figure


def test_the_specialists_errors():
    table = published.matrix("jung22-8")
    assert figures(table.counts).cells == 100
    assert 100 - figures(table.counts).right == 5


def test_wbcsnet_2_prints_eight_cells_too_few_and_counts_them_as_errors():
    table = published.matrix("almotairi-1")
    printed, completed = figures(table.counts), figures(table.completed)
    assert (printed.cells, completed.cells) == (2164, 2172)
    assert 100 * printed.accuracy == pytest.approx(97.13, abs=5e-3)
    assert 100 * completed.accuracy == pytest.approx(96.78, abs=5e-3)
    assert 100 * completed.macro_recall == pytest.approx(92.6, abs=0.05)


def test_exactly_these_figures_contradict_their_tables():
    assert [short(check) for check in published.contradictions()] == [
        ("table 1", "text", 96.8, 97.13),
        ("table 1", "abstract", 96.4, 97.13),
        ("table 1", "text", 92.6, 92.89),
        ("table 10", "text", 97, 96.0),
        ("table 11", "last row", 99, 98.4),
        ("table 11", "caption", 95, 84.06),
        ("table 14", "table 4", 85, 83.42),
        ("Tiny ImageNet", "text", 79, 70.2),
    ]
    assert len(published.checks()) == 72


def test_the_document_holds_the_table_as_it_is():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert as_markdown(published.contradictions()) in text
    assert f"{len(published.checks())} printed figures" in text


@pytest.mark.shared_data
def test_the_copy_is_that_of_the_shared_folder():
    if find_shared_data() is None or not BESIDE.is_dir():
        pytest.skip("no shared folder with the published tables")
    tables = json.loads((BESIDE / "matrices.json").read_text(encoding="utf-8"))
    original = [value for name, value in tables.items() if name != "classes" and _is_matrix(value)]
    assert [[list(row) for row in one.counts] for one in published.matrices()] == original
    folds = json.loads((BESIDE / "jung22-folds.json").read_text(encoding="utf-8"))
    assert [[list(row) for row in one.percent] for one in published.folds()] == [
        entry["folds_percent"] for entry in folds.values()
    ]


def _is_matrix(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], list)

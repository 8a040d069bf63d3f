"""A run may start from weights that exist; the card then says from which."""

import json
from pathlib import Path

import cv2
import pytest

from ml.cli import main
from ml.simulator import simulate_field


@pytest.fixture
def cells(tmp_path: Path) -> Path:
    """Two classes with a few simulated cells each, enough for both parts of the split."""
    for label in ("neutrophil", "lymphocyte"):
        folder = tmp_path / "cells" / label
        folder.mkdir(parents=True)
        for seed in range(8):
            field = simulate_field(seed, width=160, height=160, white_cells=[label])
            cv2.imwrite(str(folder / f"{seed}.png"), field.pixels[..., ::-1])
    return tmp_path / "cells"


def train(cells: Path, out: Path, *more: str) -> int:
    return main(
        ["train", "compact", "--data", str(cells), "--out", str(out), "--steps", "1", "--threads", "1", *more]
    )


def test_the_card_names_the_weights_that_a_run_started_from(cells: Path, tmp_path: Path) -> None:
    assert train(cells, tmp_path / "out", "--start-from", "compact", "--version", "9") == 0
    card = json.loads((tmp_path / "out" / "compact-v9.json").read_text())
    assert card["recipe"]["started_from"]["weights"].startswith("compact v")
    assert len(card["recipe"]["started_from"]["sha256"]) == 64


def test_weights_of_another_network_are_refused(
    cells: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(cells, tmp_path / "out", "--start-from", "locator") != 0
    assert "Start from weights of compact" in capsys.readouterr().err
    assert not list((tmp_path / "out").glob("*.safetensors"))

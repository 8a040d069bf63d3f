"""What ships is held to what it promises: on the simulator here, on real sets where they are present."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from ml.cards import latest
from ml.evaluation import simulated, simulated_free
from ml.pipelines import Analyser
from ml.simulator import simulate_field

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return Analyser(latest("locator"), latest("compact"), device="cpu")


def write_field(path: Path, seed: int) -> np.ndarray:
    pixels = simulate_field(seed, white_cells=["neutrophil", "lymphocyte"]).pixels
    cv2.imwrite(str(path), pixels[..., ::-1])
    return pixels


def command(*arguments: str) -> tuple[int, list[dict[str, object]], str]:
    done = subprocess.run(
        [sys.executable, "-m", "ml", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_simulated_cells_are_found(analyser: Analyser) -> None:
    figures = simulated(analyser, fields=40)
    assert figures["found"] >= 0.95
    assert figures["unmatched_per_field"] <= 0.05


def test_a_field_without_white_cells_gives_no_box(analyser: Analyser) -> None:
    assert simulated_free(analyser, fields=40)["boxes_per_window"] <= 0.02


def test_a_flat_grey_field_gives_no_cell_and_no_scale(analyser: Analyser) -> None:
    result = analyser.analyse(np.full((480, 640, 3), 200, np.uint8))
    assert result.cells == ()
    assert result.scale.um_per_px is None


@pytest.mark.parametrize("factor", [0.5, 2.0, 4.0])
def test_a_field_of_unknown_scale_works(analyser: Analyser, factor: float) -> None:
    simulated_field = simulate_field(900_123, white_cells=["neutrophil", "lymphocyte"])
    size = (round(640 * factor), round(480 * factor))
    resized = np.asarray(cv2.resize(simulated_field.pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    result = analyser.analyse(resized)
    true = [o for o in simulated_field.objects if o.kind == "white-cell"]
    assert len(result.cells) == len(true)
    assert result.scale.estimated
    assert result.scale.um_per_px == pytest.approx(simulated_field.um_per_px / factor, rel=0.2)


def test_analyse_tells_json_lines_in_argument_order_and_goes_on_after_a_bad_file(tmp_path: Path) -> None:
    good, also_good, bad = tmp_path / "a.png", tmp_path / "b.png", tmp_path / "bad.jpg"
    write_field(good, 1)
    write_field(also_good, 2)
    bad.write_bytes(b"<html>")
    status, said, errors = command("analyse", str(good), str(bad), str(also_good), "--json", "--threads", "1")
    assert status == 1
    assert [line["image"] for line in said] == [str(good), str(bad), str(also_good)]
    assert set(said[1]) == {"image", "error"}
    assert "Traceback" not in errors
    first = said[0]
    assert (first["width"], first["height"]) == (640, 480)
    assert set(first["scale"]) == {"um_per_px", "estimated"}
    assert first["boxes"]
    for box in first["boxes"]:
        x0, y0, x1, y1 = box["box"]
        assert 0 <= x0 < x1 <= 640
        assert 0 <= y0 < y1 <= 480
        assert box["kind"] == "white-cell"
        assert sum(box["probabilities"].values()) == pytest.approx(1)
        assert box["label"] == max(box["probabilities"], key=box["probabilities"].get)
        assert isinstance(box["unidentified"], bool)


def test_locate_tells_red_cells_only_when_asked(tmp_path: Path) -> None:
    field = tmp_path / "a.png"
    write_field(field, 3)
    _, few, _ = command("locate", str(field), "--json", "--threads", "1")
    _, all_of_them, _ = command("locate", str(field), "--json", "--all", "--threads", "1")
    assert {b["kind"] for b in few[0]["boxes"]} == {"white-cell"}
    assert {b["kind"] for b in all_of_them[0]["boxes"]} >= {"white-cell", "red-cell"}


def test_classify_tells_label_and_probabilities(tmp_path: Path) -> None:
    simulated_field = simulate_field(11, white_cells=["lymphocyte"])
    x0, y0, x1, y1 = (int(v) for v in next(o.box for o in simulated_field.objects if o.kind == "white-cell"))
    crop = simulated_field.pixels[max(0, y0 - 20) : y1 + 20, max(0, x0 - 20) : x1 + 20]
    path = tmp_path / "cell.png"
    cv2.imwrite(str(path), crop[..., ::-1])
    status, said, _ = command("classify", str(path), "--json", "--threads", "1")
    assert status == 0
    assert said[0]["label"] in said[0]["probabilities"]
    assert sum(said[0]["probabilities"].values()) == pytest.approx(1)


def test_models_tells_one_object_per_name() -> None:
    status, said, _ = command("models", "--json")
    assert status == 0
    by_name = {line["name"]: line for line in said}
    assert by_name["w-net"]["parameters"] == 16_806_949
    assert by_name["w-net"]["weights"] is None
    assert by_name["compact"]["weights"] is not None
    assert by_name["locator"]["task"] == "locate"


def test_a_wrong_name_is_one_sentence_without_traceback(tmp_path: Path) -> None:
    status, _, errors = command("analyse", "--classifier", "nothing", str(tmp_path / "a.png"))
    assert status == 1
    assert "No weights for “nothing”" in errors
    assert "Traceback" not in errors

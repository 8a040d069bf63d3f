"""What the site stores of a picture is what the command line says of the file, weights and all."""

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from PIL import Image

from apps.cells.models import Cell
from apps.cells.selectors import probabilities_of
from apps.inference.models import FieldAnalysis
from apps.inference.selectors import versions_in_use
from apps.slides.models import Field
from ml.crops import cut
from ml.images import decode
from ml.simulator import simulate_field
from tests.factories import ProjectFactory
from tests.kits.missing import missing

ROOT = Path(__file__).resolve().parent.parent.parent

# Boxes are printed with two decimals, scores and probabilities with four or more.
PIXELS, SHARE = 0.011, 2e-3

pytestmark = [pytest.mark.weights, pytest.mark.slow]


def pictures(folder: Path) -> list[Path]:
    """Write three fields with cells: lossless, lossy, and lossy on its side with an orientation tag."""
    folder.mkdir()
    found = []
    for seed, (name, options) in enumerate(
        {"a.png": {}, "b.jpg": {"quality": 90}, "c.jpg": {"quality": 90, "turned": True}}.items()
    ):
        cells = ["neutrophil", "lymphocyte", "eosinophil", "monocyte"]
        pixels = simulate_field(seed + 11, white_cells=cells).pixels
        turned = options.pop("turned", False)
        image = Image.fromarray(np.rot90(pixels) if turned else pixels)
        exif = Image.Exif()
        if turned:
            exif[0x0112] = 6
        image.save(folder / name, exif=exif, **options)
        found.append(folder / name)
    return found


def said_by_command_line(paths: list[Path], locator: str, classifier: str) -> dict[str, dict]:
    command = [sys.executable, "-m", "ml", "analyse", *map(str, paths), "--json"]
    done = subprocess.run(
        [*command, "--locator", locator, "--classifier", classifier],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {Path(line["image"]).name: line for line in map(json.loads, io.StringIO(done.stdout))}


@pytest.mark.django_db(transaction=True)
def test_boxes_classes_and_scale_are_the_same(tmp_path):
    project = ProjectFactory()
    versions = versions_in_use(project)
    if versions is None:
        missing("A shipped localiser or classifier")
    paths = pictures(tmp_path / "pictures")
    call_command("ingest", *paths, project=project.name, analyse=True)
    said = said_by_command_line(
        paths, versions.locator.absolute_weights_path, versions.classifier.absolute_weights_path
    )
    assert set(said) == {"a.png", "b.jpg", "c.jpg"}
    boxes = 0
    for name, line in said.items():
        field = Field.objects.get(project=project, title=name)
        cells = list(Cell.objects.filter(field=field).order_by("pk"))
        assert (field.width, field.height) == (line["width"], line["height"])
        assert [c.box for c in cells] == [pytest.approx(b["box"], abs=PIXELS) for b in line["boxes"]]
        assert [c.score for c in cells] == [pytest.approx(b["score"], abs=SHARE) for b in line["boxes"]]
        assert [c.suggested_class for c in cells] == [b["label"] for b in line["boxes"]]
        assert [c.unidentified for c in cells] == [b["unidentified"] for b in line["boxes"]]
        stored = probabilities_of(Cell.objects.filter(field=field))
        for cell, box in zip(cells, line["boxes"], strict=True):
            assert stored[cell.pk] == pytest.approx(box["probabilities"], abs=SHARE)
        analysis = FieldAnalysis.objects.get(field=field)
        assert analysis.scale_um_per_px == pytest.approx(line["scale"]["um_per_px"], rel=1e-3)
        assert analysis.scale_estimated == line["scale"]["estimated"]
        boxes += len(cells)
    assert boxes >= 6, "hardly anything was found, so that equality would mean little"


@pytest.mark.django_db(transaction=True)
def test_a_stored_crop_is_the_picture_of_the_file(tmp_path):
    from apps.core import storage

    project = ProjectFactory()
    if versions_in_use(project) is None:
        missing("A shipped localiser or classifier")
    (path, *_) = pictures(tmp_path / "pictures")
    call_command("ingest", path, project=project.name, analyse=True)
    pixels = decode(path).pixels
    cells = list(Cell.objects.filter(project=project))
    assert cells
    for cell in cells:
        with storage.open_key(cell.crop_key) as stream:
            assert np.array_equal(np.asarray(Image.open(stream)), cut(pixels, cell.box))

"""Real sets beside the checkout, imported: what comes out is what a count of their files says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from apps.accounts.models import Project, User
from apps.cells.models import Cell
from apps.datasets import selectors, services
from apps.datasets.mapping import propose
from apps.datasets.models import Import
from apps.datasets.receiving import pack_folder
from apps.registry.selectors import classes_for
from tests.datasets.conftest import Runs

pytestmark = [pytest.mark.django_db, pytest.mark.shared_data, pytest.mark.slow]
PICTURES = 12  # of each set; docs/formats.md has the figures of the whole ones


def imported(folder: Path, project: Project, actor: User, run_job: Runs) -> Import:
    key, size = pack_folder(folder, tell=lambda _: pytest.fail("a link"))
    source = services.open_import(actor=actor, project=project, source_key=key, size=size)
    assert source.job is not None
    run_job(source.job)
    source.refresh_from_db()
    names = [name for name, _ in source.found["classes"]]
    mapping = propose(names, classes_for(project))
    run_job(services.confirm(actor=actor, source=source, mapping=mapping))
    found = Import.objects.select_related("job", "project").get(pk=source.pk)
    assert selectors.report(found).agrees
    assert found.counts["stored"] == found.counts["pictures"]
    return found


def test_bccd(shared_data: Path, tmp_path: Path, project: Project, researcher: User, run_job: Runs) -> None:
    pictures = sorted((shared_data / "bccd" / "JPEGImages").iterdir())[:PICTURES]
    for part in ("JPEGImages", "Annotations"):
        (tmp_path / part).mkdir()
    text = ""
    for picture in pictures:
        shutil.copy(picture, tmp_path / "JPEGImages")
        annotation = shared_data / "bccd" / "Annotations" / f"{picture.stem}.xml"
        shutil.copy(annotation, tmp_path / "Annotations")
        text += annotation.read_text(encoding="utf-8")
    source = imported(tmp_path, project, researcher, run_job)
    assert source.format == "voc"
    names = re.findall(r"<name>(\w+)</name>", text)
    assert source.counts["boxes"] == len(names)
    assert source.counts["left_out"] == names.count("RBC")
    assert Cell.objects.filter(project=project, current_class="").count() == names.count("WBC")
    assert Cell.objects.filter(project=project, current_class="platelet").count() == names.count("Platelets")


def test_txl(shared_data: Path, tmp_path: Path, project: Project, researcher: User, run_job: Runs) -> None:
    lines = []
    shutil.copy(shared_data / "txl" / "classes.txt", tmp_path)
    for part in ("raabin", "pbc"):
        (tmp_path / "images" / part).mkdir(parents=True)
        (tmp_path / "labels" / part).mkdir(parents=True)
        for picture in sorted((shared_data / "txl" / "images" / part).iterdir())[: PICTURES // 2]:
            shutil.copy(picture, tmp_path / "images" / part)
            label = shared_data / "txl" / "labels" / part / f"{picture.stem}.txt"
            shutil.copy(label, tmp_path / "labels" / part)
            lines += label.read_text(encoding="utf-8").split("\n")
    source = imported(tmp_path, project, researcher, run_job)
    classes = [line.split()[0] for line in lines if line.strip()]
    assert (source.format, source.counts["boxes"]) == ("yolo", len(classes))
    assert source.counts["cells"] == classes.count("0") + classes.count("2")


def test_pbc(shared_data: Path, tmp_path: Path, project: Project, researcher: User, run_job: Runs) -> None:
    for folder in sorted((shared_data / "pbc").iterdir()):
        (tmp_path / folder.name).mkdir()
        for picture in sorted(folder.iterdir())[:2]:
            shutil.copy(picture, tmp_path / folder.name)
    source = imported(tmp_path, project, researcher, run_job)
    assert (source.format, source.counts["crops"]) == ("imagefolder", 16)
    found = set(Cell.objects.filter(project=project).values_list("current_class", flat=True))
    assert found == {
        "neutrophil",
        "eosinophil",
        "basophil",
        "lymphocyte",
        "monocyte",
        "immature-granulocyte",
        "erythroblast",
        "platelet",
    }

"""Drawing: by chance and on record, in strata, nothing twice, and the same again from the seed."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from apps.accounts.models import Project, Role, User
from apps.cells.importing import ImportedCell, write_imported
from apps.cells.models import Cell
from apps.cells.services import label
from apps.core import storage
from apps.core.errors import Conflict, InvalidInput
from apps.datasets.models import Import, ImportState
from apps.datasets.services.recording import act_of
from apps.studies import draw, normalise, services
from apps.studies.models import State, Study
from apps.studies.protocol import CELLS, REAL, REFERENCE, SYNTHETIC, Arm, Protocol
from apps.studies.truth import CaseKey
from ml.images import encode_png
from ml.images.container import picture_bytes
from tests.factories import ProjectFactory, UserFactory, member

pytestmark = pytest.mark.django_db

SEED = "0123456789abcdef" * 4
CLASSES = ("neutrophil", "lymphocyte")
SIDE = 48


def picture(number: int) -> np.ndarray:
    """Return a picture like no other: blots by its number."""
    generator = np.random.default_rng(number)
    coarse = generator.integers(0, 255, (8, 8, 3), dtype=np.uint8)
    return np.kron(coarse, np.ones((SIDE // 8, SIDE // 8, 1), np.uint8))


class Pool:
    """Cells of a project, each with a picture and a public id that comes again."""

    def __init__(self) -> None:
        self.project: Project = ProjectFactory()
        self.owner: User = member(self.project, Role.RESEARCHER)
        self._number = 0

    def add(self, of_class: str, n: int, *, synthetic: bool = False, **values: Any) -> list[Cell]:
        made = []
        for _ in range(n):
            self._number += 1
            key = storage.new_key("crops", ".png")
            storage.save_bytes(key, encode_png(picture(values.get("picture", self._number))))
            cell = ImportedCell((0.0, 0.0, float(SIDE), float(SIDE)), of_class, key)
            (one,) = write_imported(
                actor=self.owner,
                project=self.project,
                field=None,
                cells=[cell],
                synthetic=synthetic,
                act=values.get("act"),
            )
            Cell.objects.filter(pk=one.pk).update(public_id=UUID(int=self._number))
            one.refresh_from_db()
            made.append(one)
        return made

    def study(self, each: int = 3, **values: Any) -> Study:
        counts = dict.fromkeys(CLASSES, each)
        arms = (Arm("Real", REAL, CELLS, counts), Arm("Made", SYNTHETIC, CELLS, counts))
        plan = Protocol(**{"preset": "jung-2022", "classes": CLASSES, "arms": arms, **values})
        study = services.create_study(actor=self.owner, project=self.project, title="Draw", protocol=plan)
        Study.objects.filter(pk=study.pk).update(seed=SEED)
        study.refresh_from_db()
        return study


@pytest.fixture
def pool() -> Pool:
    made = Pool()
    for name in CLASSES:
        made.add(name, 6)
        made.add(name, 6, synthetic=True)
    return made


def drawn(study: Study) -> list[tuple[str, int, str, str, bool, int]]:
    draw.write(study=study, drawn=draw.draw(study=study))
    keys = CaseKey.objects.filter(study=study).select_related("case", "crop").order_by("case__number")
    return [
        (
            key.case.code,
            key.crop.public_id.int,
            key.origin,
            key.intended_class,
            key.case.practice,
            key.case.replicate,
        )
        for key in keys
    ]


def test_the_strata_hold_what_the_protocol_says_and_the_report_says_from_how_many(pool: Pool):
    study = pool.study()
    found = drawn(study)
    assert len(found) == 12
    for origin in (REAL, SYNTHETIC):
        for name in CLASSES:
            assert sum(one[2:4] == (origin, name) for one in found) == 3
    assert len({one[1] for one in found}) == 12
    report = draw.draw(study=study).report
    assert report["algorithm"] == "wbcweb-draw-2"
    assert [(s["arm"], s["class"], s["candidates"], s["chosen"]) for s in report["strata"]] == [
        ("Real", "neutrophil", 6, 3),
        ("Real", "lymphocyte", 6, 3),
        ("Made", "neutrophil", 6, 3),
        ("Made", "lymphocyte", 6, 3),
    ]


def test_the_same_seed_draws_the_same_on_any_database(pool: Pool):
    study = pool.study()
    found = drawn(study)
    assert [one[1] for one in found] == DRAWN
    assert found[0][0] == CODE
    assert drawn(study) == found
    Study.objects.filter(pk=study.pk).update(seed="f" * 64)
    study.refresh_from_db()
    assert [one[1] for one in drawn(study)] != DRAWN


DRAWN = [5, 14, 1, 24, 11, 7, 19, 10, 3, 13, 17, 20]
CODE = "a24d5b8193b963d1b3b055683229ab43"


def test_cells_that_a_reader_has_labelled_are_left_out_and_counted(pool: Pool):
    reader = member(pool.project, Role.REVIEWER)
    mine = list(Cell.objects.filter(current_class="neutrophil", origin="imported")[:3])
    for cell in mine:
        label(actor=reader, cell=cell, to_class="neutrophil", expected_version=2, seen_suggestion=False)
    study = pool.study()
    services.enrol(actor=pool.owner, study=study, reader=reader)
    found = draw.draw(study=study)
    assert not {one.cell for one in found.picked} & {cell.pk for cell in mine}
    assert found.report["strata"][0]["labelled_by_readers"] == 3
    open_study = pool.study(exclude_labelled_by_reader=False)
    services.enrol(actor=pool.owner, study=open_study, reader=reader)
    assert draw.draw(study=open_study).report["strata"][0]["labelled_by_readers"] == 0


def test_what_a_late_reader_had_labelled_is_counted(pool: Pool):
    study = pool.study(each=6)
    drawn(study)
    reader = member(pool.project, Role.REVIEWER)
    for cell in Cell.objects.filter(current_class="neutrophil")[:2]:
        label(actor=reader, cell=cell, to_class="neutrophil", expected_version=2, seen_suggestion=False)
    assert services.enrol(actor=pool.owner, study=study, reader=reader).seen_before == 2
    assert services.enrol(actor=pool.owner, study=study, reader=UserFactory()).seen_before == 0


def test_two_pictures_of_one_cell_are_not_both_drawn(pool: Pool):
    pool.add("neutrophil", 4, picture=1)
    study = pool.study(each=6)
    found = draw.draw(study=study)
    assert sum(one.origin == REAL and one.intended == "neutrophil" for one in found.picked) == 6
    with pytest.raises(InvalidInput, match="there are 6 that look different"):
        draw.draw(study=pool.study(each=7, arms=(Arm("Real", REAL, CELLS, {"neutrophil": 7}),)))


def test_repeats_controls_and_practice_are_drawn_beside(pool: Pool):
    for name in CLASSES:
        pool.add(name, 8)
        pool.add(name, 8, synthetic=True)
    study = pool.study(each=10, repeats=0.1, controls=2, control_source=CELLS, practice=5)
    draw.write(study=study, drawn=draw.draw(study=study))
    keys = list(CaseKey.objects.filter(study=study).select_related("case"))
    assert len(keys) == 40 + 4 + 2 + 5
    repeats = [key for key in keys if key.case.replicate]
    by_case = {key.case_id: key for key in keys}
    assert len(repeats) == 4
    assert all(by_case[key.first_id].crop_id == key.crop_id for key in repeats)
    assert len({key.crop_id for key in keys}) == len(keys) - 4
    practice = [key for key in keys if key.case.practice]
    assert len(practice) == 5
    assert len({key.stratum for key in practice}) == 4  # each stratum in turn
    assert sum(key.case.control for key in keys) == 2


def test_the_name_of_an_arm_decides_nothing(pool: Pool):
    study = pool.study(practice=3)
    found = drawn(study)
    arms = tuple(replace(arm, name=f"{arm.name} again") for arm in study.plan.arms)
    Study.objects.filter(pk=study.pk).update(protocol=study.plan.replace(arms=arms).to_json())
    study.refresh_from_db()
    assert study.plan.arms[0].name == "Real again"
    assert drawn(study) == found


@pytest.mark.parametrize(("controls", "synthetic"), [(4, {2}), (3, {1, 2}), (10, {4})])
def test_half_the_controls_are_real_where_there_are_so_many(controls: int, synthetic: set[int]):
    pool = Pool()
    for name in CLASSES:
        pool.add(name, 8)
        pool.add(name, 4, synthetic=True)  # of which two of each class are drawn for their arm
    study = pool.study(each=2, controls=controls, control_source=CELLS)
    origins = [one.origin for one in draw.draw(study=study).picked if one.control]
    assert len(origins) == controls
    assert origins.count(SYNTHETIC) in synthetic


def test_a_repeat_is_another_file_of_the_same_picture(pool: Pool):
    for name in CLASSES:
        pool.add(name, 4)
        pool.add(name, 4, synthetic=True)
    study = pool.study(each=10, repeats=0.1)
    drawn(study)
    normalise.run(study=study)
    repeats = CaseKey.objects.filter(study=study, case__replicate=1).select_related("case", "first")
    assert len(repeats) == 4
    for key in repeats:
        assert key.first is not None
        files = []
        for case in (key.first, key.case):
            with storage.open_key(case.image) as stream:
                files.append(stream.read())
        pictures = {file[: picture_bytes(file)] for file in files}
        assert (len(set(files)), len(set(map(len, files))), len(pictures)) == (2, 1, 1)
        assert key.case.image_digest == sha256(files[1]).hexdigest()


def test_what_is_missing_is_said_before_and_while_drawing(pool: Pool):
    study = pool.study(each=9, practice=3)
    before = draw.shortages(pool.project, study.plan)
    assert "“Real” draws 9 of class neutrophil, and there are 6." in before
    assert "Practice takes 3 further cells, and 0 are left over." in before
    with pytest.raises(InvalidInput) as raised:
        draw.draw(study=study)
    assert len(raised.value.detail["problems"]) == 5
    with pytest.raises(InvalidInput):
        services.prepare(actor=pool.owner, study=study)
    assert draw.shortages(pool.project, pool.study(each=4, practice=8).plan) == []


def test_sources_tell_where_cells_can_come_from(pool: Pool):
    source = Import.objects.create(
        project=pool.project, requester=pool.owner, state=ImportState.DONE, finished_at="2026-01-01T00:00Z"
    )
    made = Import.objects.create(
        project=pool.project,
        requester=pool.owner,
        state=ImportState.DONE,
        finished_at="2026-01-01T00:00Z",
        origin="synthetic",
    )
    pool.add("lymphocyte", 2, synthetic=True, act=act_of(made))
    pool.add("monocyte", 1, act=act_of(source))
    Cell.objects.filter(current_class="lymphocyte", origin="imported").update(reference_class="lymphocyte")
    found = {(one.value, one.origin): one.counts for one in draw.sources(pool.project)}
    assert found == {
        (CELLS, REAL): {"neutrophil": 6, "lymphocyte": 6, "monocyte": 1},
        (REFERENCE, REAL): {"lymphocyte": 6},
        (CELLS, SYNTHETIC): {"neutrophil": 6, "lymphocyte": 8},
        (f"import:{source.public_id}", REAL): {"monocyte": 1},
        (f"import:{made.public_id}", SYNTHETIC): {"lymphocyte": 2},
    }
    assert draw.available(ProjectFactory(), f"import:{made.public_id}", SYNTHETIC) == {}
    assert draw.available(ProjectFactory(), CELLS, REAL) == {}


def test_drawing_again_forgets_the_first_pictures(pool: Pool):
    from apps.core.models import DoomedObject

    study = pool.study()
    drawn(study)
    study.cases.filter(number=1).update(image="studies/aa/x.jpg", image_digest="0" * 64)
    drawn(study)
    assert DoomedObject.objects.filter(key="studies/aa/x.jpg").exists()


def test_the_job_prepares_a_study(pool: Pool, run_job: Any):
    study = pool.study()
    job = services.prepare(actor=pool.owner, study=study)
    with pytest.raises(Conflict):  # a second one while it waits
        services.prepare(actor=pool.owner, study=study)
    run_job(job)
    assert job.state == "succeeded", job.error
    study.refresh_from_db()
    assert study.state == State.PREPARED
    assert study.draw_report["strata"]
    assert study.audit
    assert study.cases.exclude(image="").count() == 12
    assert len(set(study.cases.values_list("length", flat=True))) == 1
    assert job.project is None
    assert study.transitions.last().who == pool.owner

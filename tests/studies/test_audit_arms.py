"""The audit holds arms against each other, also where all of them are real; and says what it cannot see."""

from __future__ import annotations

import numpy as np
import pytest
from django.template.loader import render_to_string

from apps.cells.importing import ImportedCell, write_imported
from apps.core import storage
from apps.core.errors import Conflict
from apps.datasets.models import Import, ImportState
from apps.datasets.services.recording import act_of
from apps.studies import audit, draw, normalise, presets
from apps.studies.audit.cautions import TRAINING, cautions_of
from apps.studies.audit.differ import differences
from apps.studies.audit.observing import is_free
from apps.studies.audit.splits import Split, splits_of
from apps.studies.design import amounts
from apps.studies.models import State, Study
from apps.studies.protocol import REAL, SYNTHETIC, Arm
from apps.studies.results.contents.study import leak_audit
from ml.images import encode_png
from tests.factories import ProjectFactory
from tests.studies.results.made import analysis, answers, said
from tests.studies.test_draw import CLASSES, SIDE, Pool, picture

pytestmark = pytest.mark.django_db

LABS = "“Lab A” and “Lab B” are all real: the results compare origins"


def laboratory(pool: Pool, n: int, *, first: int, red: float = 1.0) -> str:
    """Import so many real cells of each class, their red channel weakened; return the source of an arm."""
    brought = Import.objects.create(
        project=pool.project, requester=pool.owner, state=ImportState.DONE, finished_at="2026-01-01T00:00Z"
    )
    for place, name in enumerate(CLASSES):
        cells = []
        for number in range(first + place * n, first + place * n + n):
            pixels = (picture(number) * np.array([red, 1.0, 1.0])).astype(np.uint8)
            key = storage.new_key("crops", ".png")
            storage.save_bytes(key, encode_png(pixels))
            cells.append(ImportedCell((0.0, 0.0, float(SIDE), float(SIDE)), name, key))
        write_imported(actor=pool.owner, project=pool.project, field=None, cells=cells, act=act_of(brought))
    return f"import:{brought.public_id}"


def two_laboratories() -> Study:
    pool = Pool()
    counts = dict.fromkeys(CLASSES, 5)
    one, two = laboratory(pool, 5, first=1000), laboratory(pool, 5, first=2000, red=0.3)
    return pool.study(arms=(Arm("Lab A", REAL, one, counts), Arm("Lab B", REAL, two, counts)), image_side=128)


def examined(study: Study) -> audit.AuditReport:
    draw.write(study=study, drawn=draw.draw(study=study))
    normalise.run(study=study)
    return audit.examine(study=study)


def test_two_laboratories_are_told_apart() -> None:
    study = two_laboratories()
    report = examined(study)
    assert report.arms == {"Lab A": 10, "Lab B": 10}
    found = {one.family: one for one in report.content}
    assert found["colour"].auc > 0.95
    assert found["colour"].p_holm < 0.05
    assert found["colour"].named == "Mean colour, “Lab B” against “Lab A”"
    assert report.blocked == ()
    assert [line for line in report.cautions if line.startswith(LABS)]
    study.audit = report.as_json()
    page = render_to_string("studies/_audit.html", {"audit": audit.describe(study)})
    assert "nothing to tell apart" not in page
    assert LABS in page
    assert "Mean colour, “Lab B” against “Lab A”" in page


def test_a_leak_between_arms_of_one_origin_is_found() -> None:
    arms = ["Lab A", "Lab B"] * 60
    rows = [
        {"status": 200, "code": 1000 * (arm == "Lab B") + n, "header X": "same"} for n, arm in enumerate(arms)
    ]
    (found,) = differences(rows, splits_of(arms, [REAL] * 120), free=is_free)
    assert (found.feature, found.must_be_one) == ("code", False)
    assert found.p < 1e-6
    (alone,) = differences(rows, [], free=is_free)
    assert alone.p == 1.0


def test_a_value_of_its_own_in_a_control_blocks_though_it_is_of_no_arm() -> None:
    rows = [{"status": 200 + (n == 20)} for n in range(21)]
    splits = splits_of([*["A", "B"] * 10, ""], [REAL] * 21)
    (found,) = differences(rows, splits, free=is_free)
    assert found.must_be_one


def test_each_parting_is_looked_at_once() -> None:
    assert splits_of(["A", "A"], [REAL, REAL]) == []
    assert splits_of(["A", "B"], [REAL, SYNTHETIC]) == [Split("", (False, True))]
    # Of four pictures the last is a control: it has an origin, and no arm.
    assert splits_of(["A", "B", "C", ""], [REAL, REAL, SYNTHETIC, REAL]) == [
        Split("", (False, False, True, False)),
        Split("“A” against the other arms", (True, False, False, None)),
        Split("“B” against the other arms", (False, True, False, None)),
    ]
    assert splits_of(["A", "B", ""], [REAL, REAL, SYNTHETIC]) == [
        Split("", (False, False, True)),
        Split("“B” against “A”", (False, True, None)),
    ]


def test_the_designer_says_that_results_compare_origins() -> None:
    counts = dict.fromkeys(CLASSES, 5)
    arms = (Arm("Lab A", REAL, "cells", counts), Arm("Lab B", REAL, "reference", counts))
    plan = presets.preset("jung-2022", classes=CLASSES)
    project = ProjectFactory()
    assert [one for one in amounts.check(project, plan.replace(arms=arms)).remarks if one.startswith(LABS)]
    assert not [one for one in amounts.check(project, plan).remarks if "compare origins" in one]


def test_what_trained_the_generator_is_said_to_be_unknown() -> None:
    pool = Pool()
    for name in CLASSES:
        pool.add(name, 1)
        pool.add(name, 1, synthetic=True)
    study = pool.study(each=1)
    draw.write(study=study, drawn=draw.draw(study=study))
    assert list(cautions_of(study)) == [TRAINING]
    counts = dict.fromkeys(CLASSES, 1)
    alone = pool.study(arms=(Arm("Real", REAL, "cells", counts),))
    draw.write(study=alone, drawn=draw.draw(study=alone))
    assert list(cautions_of(alone)) == []


def test_the_report_of_the_study_says_what_the_audit_could_not_see() -> None:
    report = audit.AuditReport(
        made_at="",
        images="",
        arms={"Lab A": 5, "Lab B": 5},
        findings=(),
        content=(audit.Content("colour", "Mean colour", 0.81, 0.001, 0.01, "“Lab B” against “Lab A”"),),
        overlap=audit.Overlap(),
        cautions=(TRAINING,),
    )
    found = said(analysis(answers()), "audit", audit=report)
    assert [kind for kind, _ in found] == ["caution", "caution"]
    assert found[1][1] == TRAINING
    assert "mean colour, “Lab B” against “Lab A” (AUC 0.81" in found[0][1]
    assert found[0][1].endswith("Differences between the arms may rest on these alone.")
    section = leak_audit(report)
    assert TRAINING in section.words
    assert "difference between the arms" in " ".join(section.words)
    assert audit.AuditReport.from_json(report.as_json()) == report


def test_a_study_is_not_locked_with_an_audit_that_looked_for_less() -> None:
    study = two_laboratories()
    draw.write(study=study, drawn=draw.draw(study=study))
    report = audit.AuditReport(
        made_at="2026-01-01T00:00:00+00:00",
        images=audit.images_digest(list(study.cases.all())),
        arms={"real": 20},
        findings=(),
        content=(),
        overlap=audit.Overlap(),
        acknowledged_at="2026-01-01T00:00:00+00:00",
    )
    study.state, study.audit = State.PREPARED, report.as_json()
    assert audit.require_clear(study) == report
    study.audit = {**report.as_json(), "version": 1}
    with pytest.raises(Conflict, match="Run it again"):
        audit.require_clear(study)
    assert audit.describe(study)["report"].arms == {"real": 20}
    assert not audit.describe(study)["may_acknowledge"]

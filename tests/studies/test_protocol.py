"""What a protocol must be, and that every preset is one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from apps.core.errors import InvalidInput
from apps.studies.presets import PRESETS, PUBLISHED_CLASSES, preset
from apps.studies.protocol import CELLS, REAL, SYNTHETIC, Arm, Protocol

IMPORT = "import:0f0e0d0c-0b0a-4908-8706-050403020100"
FULL = Protocol(
    preset="realism",
    classes=("neutrophil", "lymphocyte"),
    arms=(
        Arm("Real", REAL, CELLS, {"neutrophil": 20, "lymphocyte": 20}),
        Arm("Made", SYNTHETIC, IMPORT, {"neutrophil": 10}),
    ),
    questions=("class", "realism"),
    sittings=2,
    repeats=0.1,
    controls=3,
    control_source=IMPORT,
    practice=4,
    margin=0.1,
    consent_text="Do you take part?",
)


def test_it_comes_back_from_json_as_it_was():
    assert Protocol.from_json(json.loads(json.dumps(FULL.to_json()))) == FULL


@pytest.mark.parametrize("known", PRESETS, ids=lambda known: known.name)
def test_every_preset_can_be_prepared_as_it_is(known: Any):
    made = preset(known.name)
    assert made.problems(PUBLISHED_CLASSES) == []
    assert made.preset == known.name
    assert Protocol.from_json(made.to_json()) == made


def test_the_published_study_is_what_was_published():
    made = preset("jung-2022")
    assert made.counted == made.trials == 100
    assert made.per_class == {
        "Real": dict.fromkeys(PUBLISHED_CLASSES, 10),
        "Synthetic": dict.fromkeys(PUBLISHED_CLASSES, 10),
    }
    assert (made.questions, made.repeats, made.practice, made.controls) == (("class",), 0, 0, 0)


def test_an_unknown_preset_is_said():
    with pytest.raises(InvalidInput, match="no kind of study"):
        preset("karras")


def test_it_counts_what_a_reader_sees():
    assert (FULL.counted, FULL.repeated, FULL.trials) == (50, 5, 58)
    assert FULL.questions_of(1) == ("class",)
    assert FULL.questions_of(2) == ("realism",)
    assert FULL.questions_of(1, practice=True) == ("class",)
    assert FULL.replace(sittings=1).questions_of(1) == ("class", "realism")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"classes": ("neutrophil",)}, "between 2 and 12 classes"),
        ({"classes": ("neutrophil", "lymphocyte", "neutrophil")}, "named twice"),
        ({"classes": ("neutrophil", "lymphocyte", "other")}, "can always be answered"),
        ({"classes": ("neutrophil", "lymphocyte", "unicorn")}, "does not have: unicorn"),
        ({"arms": ()}, "between 1 and 4 arms"),
        ({"arms": (FULL.arms[0], FULL.arms[0])}, "a name of its own"),
        ({"arms": (Arm("A", "stolen", CELLS, {"neutrophil": 40}),)}, "real or synthetic"),
        ({"arms": (Arm("A", REAL, "cellar", {"neutrophil": 40}),)}, "come from"),
        ({"arms": (Arm("A", REAL, "import:7", {"neutrophil": 40}),)}, "come from"),
        ({"arms": (Arm("A", SYNTHETIC, "reference", {"neutrophil": 40}),)}, "Reference cells are real"),
        ({"arms": (Arm("A", REAL, CELLS, {"monocyte": 40}),)}, "nobody can answer with: monocyte"),
        ({"arms": (Arm("A", REAL, CELLS, {"neutrophil": -1}),)}, "how many cells"),
        ({"arms": (Arm("A", REAL, CELLS, {"neutrophil": 1}),), "repeats": 0}, "between 2 and 2000"),
        ({"questions": ("realism",)}, "asks for the class"),
        ({"questions": ("class",)}, "Two sittings"),
        ({"sitting_gap_days": 400}, "365 days"),
        ({"margin": 0.7}, "margin"),
        ({"repeats": 0.3}, "shown once more"),
        ({"arms": FULL.arms[1:], "repeats": 0.2}, "20 images apart"),
        ({"practice": 80}, "for practice"),
        ({"controls": 80}, "50 control"),
        ({"control_source": ""}, "control images come from"),
        ({"image_side": 20}, "pixels wide"),
        ({"scale": "any"}, "physical scale"),
        ({"break_every": -1}, "break"),
        ({"readers": 0}, "readers"),
        ({"consent_text": "a" * 20_001}, "20000 characters"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(changes: dict[str, Any], sentence: str):
    problems = FULL.replace(**changes).problems(("neutrophil", "lymphocyte", "monocyte"))
    assert any(sentence in problem for problem in problems), problems
    with pytest.raises(InvalidInput, match=sentence) as raised:
        FULL.replace(**changes).validate(("neutrophil", "lymphocyte", "monocyte"))
    assert raised.value.detail["problems"] == problems


def test_json_of_another_shape_is_refused():
    for changed in ({"seed": "1"}, {"practice": "ten"}):
        with pytest.raises(InvalidInput):
            Protocol.from_json({**FULL.to_json(), **changed})

"""What a study asks, of whom and how: plain values, JSON in the row, checked with sentences. Knows no database."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from apps.core.errors import InvalidInput
from apps.jobs import params

CLASS: Final = "class"
REALISM: Final = "realism"
REAL: Final = "real"
SYNTHETIC: Final = "synthetic"
CELLS: Final = "cells"
REFERENCE: Final = "reference"
IMPORT: Final = "import:"
OTHER: Final = "other"
"""The answer that it is a cell of no class of the list."""
CANNOT_TELL: Final = "cannot-tell"
"""The answer that one cannot tell."""
STRETCHED: Final = "stretched"
PHYSICAL: Final = "physical"

MOST_CASES: Final = 2_000
MOST_ARMS: Final = 4
MOST_REPEATS: Final = 0.2
REPEATS_APART: Final = 20
"""Trials between two showings of one crop, at least."""
FEWEST_FOR_REPEATS: Final = 2 * REPEATS_APART
_SIDES: Final = (128, 768)
_MOST_TEXT: Final = 20_000
_MARGINS: Final = (0.01, 0.49)


@dataclass(frozen=True, slots=True)
class Arm:
    """One of the sets of images that a study compares.

    ``source`` is `CELLS` (the project's cells that carry a label), `REFERENCE` (those on which independent readers
    agreed) or ``import:<public id>``; ``per_class`` says how many are drawn of each class. The name is for the staff.
    """

    name: str
    origin: str
    source: str
    per_class: dict[str, int]

    @property
    def import_id(self) -> UUID | None:
        """Return which import the arm is drawn from, None for the project's cells."""
        return import_id_of(self.source)


@dataclass(frozen=True, slots=True)
class Protocol:
    """The whole of what is fixed at locking.

    ``repeats`` is the share of counted images shown once more, ``controls`` a number of images of
    ``control_source`` whose answer is beyond doubt, ``practice`` a number of images before the first that counts.
    ``sittings`` 2 asks the class in the first and realism in a second, ``sitting_gap_days`` after it.
    ``image_side`` in CSS pixels. ``margin`` is the greatest difference of two shares that would still be called
    equivalent, None for no such claim. ``readers`` is how many are planned; ``reader_title`` what readers see
    instead of the study's title.
    """

    preset: str
    classes: tuple[str, ...]
    arms: tuple[Arm, ...]
    questions: tuple[str, ...] = (CLASS,)
    sittings: int = 1
    sitting_gap_days: int = 28
    repeats: float = 0.0
    controls: int = 0
    control_source: str = ""
    practice: int = 0
    image_side: int = 384
    scale: str = STRETCHED
    going_back: bool = False
    break_every: int = 25
    margin: float | None = None
    readers: int = 1
    reader_title: str = ""
    two_person_unblinding: bool = False
    consent_text: str = ""
    exclude_labelled_by_reader: bool = True

    @classmethod
    def from_json(cls, data: object) -> Protocol:
        """Return the protocol that JSON stands for.

        Raises:
            InvalidInput: when a field is unknown, missing or of another type.
        """
        return params.decode(cls, data)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form, from which `from_json` makes the same protocol."""
        return params.encode(self)

    def replace(self, **changes: Any) -> Protocol:
        """Return the protocol with some values changed."""
        return dataclasses.replace(self, **changes)

    @property
    def per_class(self) -> dict[str, dict[str, int]]:
        """Return how many images each arm gives of each class: {arm: {class: n}}."""
        return {arm.name: dict(arm.per_class) for arm in self.arms}

    @property
    def counted(self) -> int:
        """Return how many images count: without practice, controls and repeats."""
        return sum(sum(arm.per_class.values()) for arm in self.arms)

    @property
    def repeated(self) -> int:
        """Return how many of them are shown once more."""
        return round(self.repeats * self.counted)

    @property
    def trials(self) -> int:
        """Return how many images a reader judges in a sitting, without practice."""
        return self.counted + self.repeated + self.controls

    def questions_of(self, sitting: int, *, practice: bool = False) -> tuple[str, ...]:
        """Return what is asked of an image in a sitting; practice asks what the first sitting asks."""
        if self.sittings == 1:
            return self.questions
        return (REALISM,) if sitting == 2 and not practice else (CLASS,)

    def validate(self, known_classes: Sequence[str] = ()) -> None:
        """Let a protocol pass that makes sense.

        Args:
            known_classes: Names of the project's class list; not asked when empty.

        Raises:
            InvalidInput: with every problem as a sentence, and as a list in ``detail["problems"]``.
        """
        problems = self.problems(known_classes)
        if problems:
            raise InvalidInput(" ".join(problems), code="protocol", detail={"problems": problems})

    def problems(self, known_classes: Sequence[str] = ()) -> list[str]:
        """Return what is wrong, as sentences."""
        return [
            *self._about_classes(known_classes),
            *self._about_arms(),
            *self._about_questions(),
            *self._about_further_images(),
            *self._about_page(),
        ]

    def _about_classes(self, known: Sequence[str]) -> Iterator[str]:
        if not 2 <= len(self.classes) <= 12:
            yield "Choose between 2 and 12 classes to answer with."
        if len(set(self.classes)) != len(self.classes):
            yield "A class is named twice."
        if {OTHER, CANNOT_TELL} & set(self.classes):
            yield "“Other” and “cannot tell” can always be answered: leave them out of the classes."
        if strange := sorted(set(self.classes) - set(known)) if known else []:
            yield f"The class list does not have: {', '.join(strange)}."

    def _about_arms(self) -> Iterator[str]:
        if not 1 <= len(self.arms) <= MOST_ARMS:
            yield f"A study has between 1 and {MOST_ARMS} arms."
        names = Counter(arm.name.casefold() for arm in self.arms)
        if "" in names or max(names.values(), default=0) > 1 or any(len(name) > 60 for name in names):
            yield "Give each arm a name of its own, of at most 60 characters."
        for arm in self.arms:
            yield from _about_arm(arm, self.classes)
        if not 2 <= self.counted <= MOST_CASES:
            yield f"A study has between 2 and {MOST_CASES} images that count."

    def _about_questions(self) -> Iterator[str]:
        if self.questions not in {(CLASS,), (CLASS, REALISM)}:
            yield "A study asks for the class, or for the class and then for realism."
        if self.sittings not in {1, 2} or (self.sittings == 2 and REALISM not in self.questions):
            yield "Two sittings are for a study that asks for realism in the second."
        if not 0 <= self.sitting_gap_days <= 365:
            yield "Choose between 0 and 365 days from one sitting to the next."
        if self.margin is not None and not _MARGINS[0] <= self.margin <= _MARGINS[1]:
            yield "Choose a margin between 1 and 49 per cent, or none."

    def _about_further_images(self) -> Iterator[str]:
        if not 0 <= self.repeats <= MOST_REPEATS:
            yield f"At most {MOST_REPEATS:.0%} of the images can be shown once more."
        if self.repeated and self.counted < FEWEST_FOR_REPEATS:
            yield (
                f"Repeats lie at least {REPEATS_APART} images apart: "
                f"a study with repeats needs {FEWEST_FOR_REPEATS} images that count."
            )
        if not 0 <= self.practice <= 50:
            yield "Choose at most 50 images for practice."
        if not 0 <= self.controls <= 50:
            yield "Choose at most 50 control images."
        if self.controls and not known_source(self.control_source):
            yield "Say where the control images come from."

    def _about_page(self) -> Iterator[str]:
        if not _SIDES[0] <= self.image_side <= _SIDES[1]:
            yield f"Images are shown between {_SIDES[0]} and {_SIDES[1]} pixels wide."
        if self.scale not in {STRETCHED, PHYSICAL}:
            yield "Images are stretched to one side or shown at one physical scale."
        if not 0 <= self.break_every <= 500:
            yield "Offer a break after 1 to 500 images, or none."
        if not 1 <= self.readers <= 500:
            yield "Plan between 1 and 500 readers."
        if len(self.consent_text) > _MOST_TEXT or len(self.reader_title) > 200:
            yield f"The consent text has at most {_MOST_TEXT} characters, the title for readers 200."


def _about_arm(arm: Arm, classes: Sequence[str]) -> Iterator[str]:
    if arm.origin not in {REAL, SYNTHETIC}:
        yield f"Say whether the cells of “{arm.name}” are real or synthetic."
    if not known_source(arm.source):
        yield f"Say where the cells of “{arm.name}” come from."
    elif arm.origin == SYNTHETIC and arm.source == REFERENCE:
        yield f"Reference cells are real: choose another source for “{arm.name}”."
    if strange := sorted(set(arm.per_class) - set(classes)):
        yield f"“{arm.name}” draws cells of a class that nobody can answer with: {', '.join(strange)}."
    if any(n < 0 for n in arm.per_class.values()) or not sum(arm.per_class.values()):
        yield f"Say how many cells of each class “{arm.name}” gives."


def alike_in_origin(protocol: Protocol) -> Iterator[str]:
    """Yield which arms the results do not tell apart: they compare origins, whatever else the arms differ in."""
    for origin in (REAL, SYNTHETIC):
        names = [f"“{arm.name}”" for arm in protocol.arms if arm.origin == origin]
        if len(names) > 1:
            told = f"{', '.join(names[:-1])} and {names[-1]}"
            yield (
                f"{told} are all {origin}: the results compare origins and count these arms together. The table of "
                "answers names the arm of each image."
            )


def import_id_of(source: str) -> UUID | None:
    """Return the import that a source names, None when it names none."""
    if not source.startswith(IMPORT):
        return None
    try:
        return UUID(source.removeprefix(IMPORT))
    except ValueError:
        return None


def known_source(source: str) -> bool:
    """Return whether a source is written as one; not whether it has cells."""
    return source in {CELLS, REFERENCE} or import_id_of(source) is not None

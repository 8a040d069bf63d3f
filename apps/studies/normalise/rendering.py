"""The pictures of a study, all by one rule, in random order, to one length, under one prefix, with one time."""

from __future__ import annotations

import functools
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from apps.cells.models import Cell
from apps.core import storage
from apps.core.errors import Conflict, InvalidInput
from apps.core.storage import scratch
from apps.studies.chance import bits
from apps.studies.models import Study, StudyCase
from apps.studies.normalise.sources import pixels_of, scaled, shorter_side, window_of
from apps.studies.truth import CaseKey
from ml.images.normalise import Rule, normalise, one_length, pad, rule_for

_IN_MEMORY = 64 << 20
_STAGE = "Normalising"


class Progress(Protocol):
    """How a job reports; `apps.jobs.context.JobContext.progress` is one."""

    def __call__(self, *, done: int, total: int, stage: str) -> None:
        """Take a report."""


@dataclass(frozen=True, slots=True)
class Made:
    """A picture in the store."""

    case: int
    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class Rendering:
    """The pictures of a study, stored and not yet named by any row; ``about`` is what the report says of them."""

    study: int
    made: list[Made]
    length: int
    about: dict[str, Any] = field(default_factory=dict)


def prefix_of(study: Study) -> str:
    """Return the folder of a study's pictures."""
    return f"studies/{study.public_id.hex}"


def padding_key(seed: str, code: str) -> bytes:
    """Return what the bytes after a case's picture come from: two files of one picture are not the same bytes."""
    return bits(seed, "padding", code)


def run(*, study: Study, progress: Progress | None = None) -> dict[str, Any]:
    """Make and enter the pictures of a study; see ``render`` and ``record``."""
    rendering = render(study=study, progress=progress)
    with transaction.atomic():
        record(rendering)
    return rendering.about


def render(*, study: Study, progress: Progress | None = None, prefix: str = "") -> Rendering:
    """Make the picture of every case and store it.

    In an order that nobody can foresee, since the order in which files are written shows in a store; first all are
    encoded, then all are padded to the length that holds the longest.

    Args:
        study: A study whose cases are drawn.
        progress: Told after each picture.
        prefix: Folder of the store; that of the study without it.

    Raises:
        InvalidInput: a picture is missing or too small, or a scale is not known.
        JobStopped: ``progress`` says so.
    """
    keys = list(CaseKey.objects.filter(study=study).select_related("crop__field"))
    if not keys:
        raise InvalidInput("The study has no cases yet.", code="cases")
    cells: list[tuple[int, Cell]] = []
    for key in keys:
        if key.crop is None:
            raise InvalidInput(
                "A cell of the study was removed for good. Draw the cases anew.", code="picture"
            )
        cells.append((key.case_id, key.crop))
    secrets.SystemRandom().shuffle(cells)
    rule, source = _rule(study, [cell for _, cell in cells])
    codes = dict(study.cases.values_list("pk", "code"))
    with scratch.small(_IN_MEMORY) as pile:
        lengths: dict[int, tuple[int, int]] = {}
        for number, (case, cell) in enumerate(cells):
            data = _normalised(source(cell), rule)
            lengths[case] = (pile.tell(), len(data))
            pile.write(data)
            _tell(progress, number + 1, 2 * len(cells))
        length = one_length(size for _, size in lengths.values())
        secrets.SystemRandom().shuffle(cells)
        made = []
        for number, (case, _) in enumerate(cells):
            at, size = lengths[case]
            pile.seek(at)
            data = pad(pile.read(size), length, key=padding_key(study.seed, codes[case]))
            name = storage.new_key(prefix or prefix_of(study), ".jpg")
            storage.save_bytes(name, data)
            made.append(Made(case, name, hashlib.sha256(data).hexdigest()))
            _tell(progress, len(cells) + number + 1, 2 * len(cells))
    for one in made:
        storage.forget_time(one.key)
    about = {**rule.as_json(), "length": length, "cases": len(made), "scale": study.plan.scale}
    return Rendering(study.pk, made, length, about)


def record(rendering: Rendering) -> None:
    """Enter the pictures of a rendering; runs inside the caller's transaction, earlier ones are removed after it.

    Raises:
        Conflict: the study was given other cases meanwhile.
    """
    cases = {case.pk: case for case in StudyCase.objects.filter(study=rendering.study)}
    if set(cases) != {one.case for one in rendering.made}:
        raise Conflict("The study was drawn anew meanwhile.", code="redrawn")
    before = [case.image for case in cases.values() if case.image]
    for one in rendering.made:
        case = cases[one.case]
        case.image, case.image_digest, case.length = one.key, one.digest, rendering.length
    StudyCase.objects.bulk_update(cases.values(), ["image", "image_digest", "length"], batch_size=200)
    for key in before:
        transaction.on_commit(functools.partial(storage.delete_key, key))


def discard(study: Study) -> None:
    """Remove the pictures of a study after the caller's transaction, which forgets their names."""
    for key in study.cases.exclude(image="").values_list("image", flat=True):
        transaction.on_commit(functools.partial(storage.delete_key, key))


def _rule(study: Study, cells: list[Cell]) -> tuple[Rule, Callable[[Cell], NDArray[np.uint8]]]:
    """Return the rule for the pictures of cells, and what reads them."""
    plan = study.plan
    if plan.scale == "physical":
        um = scaled(cells)
        smallest = min(
            int(um / cell.field.um_per_px) for cell in cells if cell.field and cell.field.um_per_px
        )
        source: Callable[[Cell], NDArray[np.uint8]] = functools.partial(window_of, um=um)
    else:
        smallest, source = min(map(shorter_side, cells)), pixels_of
    try:
        return rule_for(smallest, side=plan.image_side), source
    except ValueError as problem:
        raise InvalidInput(
            f"The smallest picture of a cell is {smallest} pixels wide, too small to be shown. Leave it out.",
            code="picture",
        ) from problem


def _normalised(pixels: NDArray[np.uint8], rule: Rule) -> bytes:
    try:
        return normalise(pixels, rule)
    except ValueError as problem:
        raise InvalidInput("A picture is smaller than its cell's box says.", code="picture") from problem


def _tell(progress: Progress | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done=done, total=total, stage=_STAGE)

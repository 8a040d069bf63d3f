"""Drawing the cases: in strata, in the order of hashes of the seed, without two pictures of one cell.

``wbcweb-draw-2``: the cells of a stratum (arm and class) stand in the order of HMAC-SHA256(seed; "wbcweb-draw-2",
number of the arm, class, public id of the cell), so that an arm's name decides nothing. From the front each is taken
that looks like none taken before, until there are enough. Counted images come first, then controls, of each origin
half where there are so many, then practice; repeats are those counted images with the lowest hashes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.cells.models import Cell
from apps.core import disposal
from apps.core.errors import InvalidInput
from apps.studies.chance import bits, name
from apps.studies.draw.candidates import DRAWN_AS, candidates, known_to, left_out_words, window_of
from apps.studies.models import Study, StudyCase
from apps.studies.normalise import NearDuplicates
from apps.studies.protocol import REAL, SYNTHETIC, Arm, Protocol, import_id_of
from apps.studies.truth import CaseKey

ALGORITHM: Final = "wbcweb-draw-2"
CONTROL: Final = "control"
_STAGE: Final = "Drawing"
_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True)
class Picked:
    """A cell that was drawn, and as what."""

    cell: int
    public_id: UUID
    arm: str
    origin: str
    intended: str
    source: str
    practice: bool = False
    control: bool = False
    replicate: int = 0

    @property
    def words(self) -> tuple[str, str]:
        """Return what tells this showing from all others."""
        return self.public_id.hex, str(self.replicate)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What was drawn, and what is kept on record of drawing it."""

    picked: list[Picked]
    report: dict[str, Any]


def draw(*, study: Study, progress: Callable[..., None] | None = None) -> Drawn:
    """Draw the cells of a study; nothing is written.

    Args:
        study: With protocol and seed.
        progress: Called with ``done``, ``total`` and ``stage``.

    Raises:
        InvalidInput: when a stratum has too few cells, with every such stratum as a sentence.
    """
    return _Drawing(study, progress).run()


def write(*, study: Study, drawn: Drawn) -> None:
    """Enter the cases with their keys in the place of earlier ones; runs in the caller's transaction.

    Rows are written in the order of codes, so that no number of a row tells anything.
    """
    disposal.doom(StudyCase.objects.filter(study=study).exclude(image="").values_list("image", flat=True))
    CaseKey.objects.filter(study=study).delete()
    StudyCase.objects.filter(study=study).delete()
    numbered = sorted(drawn.picked, key=lambda one: bits(study.seed, ALGORITHM, "number", *one.words))
    codes = {
        (one.public_id, one.replicate): (name(study.seed, "case", str(number)), number)
        for number, one in enumerate(numbered, 1)
    }
    rows = sorted(drawn.picked, key=lambda one: codes[one.public_id, one.replicate][0])
    cases = StudyCase.objects.bulk_create(
        [
            StudyCase(
                study=study,
                code=codes[one.public_id, one.replicate][0],
                number=codes[one.public_id, one.replicate][1],
                practice=one.practice,
                control=one.control,
                replicate=one.replicate,
            )
            for one in rows
        ],
        batch_size=200,
    )
    made = {case.code: case for case in cases}
    CaseKey.objects.bulk_create(
        [
            CaseKey(
                case=made[codes[one.public_id, one.replicate][0]],
                study=study,
                replicate=one.replicate,
                crop_id=one.cell,
                first=made[codes[one.public_id, 0][0]] if one.replicate else None,
                arm=one.arm,
                stratum=f"{one.arm}/{one.intended}",
                origin=one.origin,
                generator_version=one.source if one.origin == SYNTHETIC and import_id_of(one.source) else "",
                intended_class=one.intended,
            )
            for one in rows
        ],
        batch_size=200,
    )


def seen_before(*, study: Study, reader: User) -> int:
    """Return of how many cells of a study a person has said something before, as a reader of studies too."""
    crops = CaseKey.objects.filter(study=study, crop__isnull=False).order_by().values("crop")
    return Cell.objects.filter(known_to([reader.pk]), pk__in=crops).count()


class _Drawing:
    """One draw: what is taken, what looks alike, what was missing."""

    def __init__(self, study: Study, progress: Callable[..., None] | None) -> None:
        self._study = study
        self._plan: Protocol = study.plan
        self._progress = progress
        self._alike = NearDuplicates()
        self._taken: dict[UUID, Picked] = {}
        self._strata: list[dict[str, Any]] = []
        self._short: list[str] = []
        self._window = window_of(study.project, self._plan)
        self._border: dict[tuple[str, str, str], int] = {}
        readers = study.enrolments.filter(withdrawn_at=None).select_related("reader")
        self._readers = [one.reader for one in readers] if self._plan.exclude_labelled_by_reader else []

    def run(self) -> Drawn:
        counted = [
            picked
            for number, arm in enumerate(self._plan.arms)
            for of_class in self._plan.classes
            for picked in self._stratum(number, arm, of_class)
        ]
        controls = self._controls()
        practice = self._practice()
        left_out = sum(self._border.values())
        if self._short and left_out and self._window is not None:
            self._short.append(left_out_words(left_out, self._window))
        if self._short:
            raise InvalidInput(" ".join(self._short), code="shortage", detail={"problems": self._short})
        chosen = sorted(counted, key=lambda one: self._hash("repeat", one.public_id.hex))
        repeats = [replace(one, replicate=1) for one in chosen[: self._plan.repeated]]
        report = {
            "algorithm": ALGORITHM,
            "strata": self._strata,
            "repeats": len(repeats),
            "controls": len(controls),
            "practice": len(practice),
            "near_duplicates": self._alike.refused,
            "readers_known": len(self._readers),
        }
        return Drawn([*counted, *repeats, *controls, *practice], report)

    def _stratum(self, number: int, arm: Arm, of_class: str) -> list[Picked]:
        wanted = arm.per_class.get(of_class, 0)
        if not wanted:
            return []
        as_what = Picked(0, UUID(int=0), arm.name, arm.origin, of_class, arm.source)
        cells = self._candidates(arm.source, arm.origin, of_class)
        refused = self._alike.refused
        picked = self._take(cells, as_what, wanted, str(number), of_class)
        project, window = self._study.project, self._window
        all_ = candidates(project, arm.source, arm.origin, of_class=of_class).count()
        everybody = candidates(project, arm.source, arm.origin, of_class=of_class, window=window).count()
        there = cells.count()
        self._border[arm.source, arm.origin, of_class] = all_ - everybody
        self._strata.append(
            {
                "arm": arm.name,
                "class": of_class,
                "candidates": there,
                "labelled_by_readers": everybody - there,
                "too_near_the_border": all_ - everybody,
                "near_duplicates": self._alike.refused - refused,
                "chosen": len(picked),
            }
        )
        if len(picked) < wanted:
            self._short.append(
                f"“{arm.name}” draws {wanted} of class {of_class}, and there are {len(picked)} that look different "
                "and that no reader has labelled or read before."
            )
        return picked

    def _controls(self) -> list[Picked]:
        """Take half the controls of each origin, more where the other has too few; chance says which is first."""
        wanted, source = self._plan.controls, self._plan.control_source
        picked: list[Picked] = []
        first, second = sorted((SYNTHETIC, REAL), key=lambda origin: self._hash(CONTROL, origin))
        for origin, most in ((first, -(-wanted // 2)), (second, wanted), (first, wanted)):
            if len(picked) < most:
                as_what = Picked(0, UUID(int=0), CONTROL, origin, "", source, control=True)
                cells = self._candidates(source, origin, "").filter(**{f"{DRAWN_AS}__in": self._plan.classes})
                picked += self._take(cells, as_what, most - len(picked), CONTROL, origin)
        if len(picked) < wanted:
            self._short.append(f"{wanted} control images are wanted, and there are {len(picked)}.")
        return picked

    def _practice(self) -> list[Picked]:
        """Take practice images from all strata in turn, beginning where chance says."""
        wanted = self._plan.practice
        strata = sorted(
            (
                (number, arm, of_class)
                for number, arm in enumerate(self._plan.arms)
                for of_class, n in arm.per_class.items()
                if n
            ),
            key=lambda stratum: self._hash("practice", str(stratum[0]), stratum[2]),
        )
        picked: list[Picked] = []
        while strata and len(picked) < wanted:
            number, arm, of_class = strata.pop(0)
            as_what = Picked(0, UUID(int=0), arm.name, arm.origin, of_class, arm.source, practice=True)
            found = self._take(
                self._candidates(arm.source, arm.origin, of_class), as_what, 1, str(number), of_class
            )
            picked += found
            if found:
                strata.append((number, arm, of_class))
        if len(picked) < wanted:
            self._short.append(f"Practice takes {wanted} further cells, and {len(picked)} are left over.")
        return picked

    def _candidates(self, source: str, origin: str, of_class: str) -> QuerySet[Cell]:
        return candidates(
            self._study.project,
            source,
            origin,
            of_class=of_class,
            not_labelled_by=self._readers,
            window=self._window,
        )

    def _take(self, cells: QuerySet[Cell], as_what: Picked, wanted: int, *words: str) -> list[Picked]:
        """Return the first so many cells, in the order of hashes, that look like none taken before."""
        rows = list(cells.order_by().values_list("public_id", "pk", DRAWN_AS).distinct())
        keys = {public_id: pk for public_id, pk, _ in rows if public_id not in self._taken}
        classes = {public_id: of_class for public_id, _, of_class in rows}
        in_order = sorted(keys, key=lambda public_id: self._hash(*words, public_id.hex))
        picked: list[Picked] = []
        for start in range(0, len(in_order), _AT_ONCE):
            part = in_order[start : start + _AT_ONCE]
            found = Cell.objects.select_related("field").in_bulk([keys[public_id] for public_id in part])
            for public_id in part:
                if len(picked) == wanted:
                    return picked
                cell = found.get(keys[public_id])
                if cell is None or not self._alike.accepts(cell):
                    continue
                one = replace(
                    as_what,
                    cell=cell.pk,
                    public_id=public_id,
                    intended=as_what.intended or classes[public_id],
                )
                self._taken[public_id] = one
                picked.append(one)
                self._tell()
        return picked

    def _hash(self, *words: str) -> bytes:
        return bits(self._study.seed, ALGORITHM, *words)

    def _tell(self) -> None:
        if self._progress is not None:
            total = self._plan.counted + self._plan.controls + self._plan.practice
            self._progress(done=len(self._taken), total=total, stage=_STAGE)

"""What must be true of a slide before its differential is signed."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from apps.cells.models import Cell, ReviewState
from apps.inference.selectors import State, analysis_state
from apps.registry.models import Role
from apps.registry.selectors import classes_for
from apps.review.differential.border import counted_cells
from apps.review.models import Quality, SigningRules, Worksheet
from apps.review.second_reading.selectors import outstanding
from apps.slides.models import Field, Slide


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was asked: whether it is so, in words either way, and where to mend it."""

    code: str
    ok: bool
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of the cells of a slide that decide whether it may be signed."""

    cells: int
    leukocytes: int
    unidentified: int
    unseen: int
    unlabelled: int


def tally_of(slide: Slide, rules: SigningRules) -> Tally:
    """Return the counts; what the border keeps out of the differential is looked at all the same."""
    inside = [c.name for c in classes_for(slide.project) if c.role == Role.LEUKOCYTE]
    unlabelled = Q(current_class="")
    unidentified = unlabelled & (Q(unidentified=True) | Q(suggested_class=""))
    counted = Q(current_class__in=inside) | (unlabelled & Q(unidentified=False, suggested_class__in=inside))
    found = (
        Cell.objects.standing()
        .filter(field__slide=slide)
        .aggregate(
            cells=Count("pk"),
            unidentified=Count("pk", filter=unidentified),
            unseen=Count("pk", filter=Q(review_state=ReviewState.SUGGESTED)),
            unlabelled=Count("pk", filter=unlabelled),
        )
    )
    return Tally(**found, leukocytes=counted_cells(slide, rules).filter(counted).count())


def checks_of(slide: Slide, *, rules: SigningRules, worksheet: Worksheet) -> list[Check]:
    """Return everything that is asked before signing, in the order in which a person mends it."""
    tally = tally_of(slide, rules)
    found = [
        _analysed(slide),
        Check(
            "identified",
            not tally.unidentified,
            _n(
                tally.unidentified,
                "cell is unidentified",
                "cells are unidentified",
                "No cell is unidentified",
            ),
        ),
        Check(
            "seen",
            not tally.unseen,
            _n(
                tally.unseen,
                "cell has not been on anybody's screen",
                "cells have not been on anybody's screen",
                "Every cell has been on somebody's screen",
            ),
        ),
    ]
    if slide.project.blind_first:
        found.append(
            Check(
                "labelled",
                not tally.unlabelled,
                _n(
                    tally.unlabelled,
                    "cell has no label of a person, and this project labels before it sees suggestions",
                    "cells have no label of a person, and this project labels before it sees suggestions",
                    "Every cell has the label of a person",
                ),
            )
        )
    found.append(_enough(tally, rules, worksheet))
    if rules.fields_complete:
        found.append(_complete(slide))
    found.append(_quality(worksheet))
    found.extend(
        Check("second-reading", ok=False, text=text.removesuffix(".")) for text in outstanding(slide)
    )
    return found


def _analysed(slide: Slide) -> Check:
    state = analysis_state(slide)
    if state.state in {State.QUEUED, State.RUNNING}:
        return Check("analysis", ok=False, text="The analysis is not finished")
    return Check("analysis", ok=True, text="No analysis is running")


def _enough(tally: Tally, rules: SigningRules, worksheet: Worksheet) -> Check:
    text = f"{tally.leukocytes} of {rules.cells_needed} leukocytes counted"
    if tally.leukocytes >= rules.cells_needed:
        return Check("enough", ok=True, text=text)
    if worksheet.all_counted and tally.leukocytes:
        return Check("enough", ok=True, text=f"{text}; the slide holds no more")
    return Check("enough", ok=False, text=text)


def _complete(slide: Slide) -> Check:
    left = Field.objects.filter(slide=slide, complete=False).count()
    return Check(
        "complete",
        not left,
        _n(
            left,
            "field is not marked complete",
            "fields are not marked complete",
            "Every field is marked complete",
        ),
    )


def _quality(worksheet: Worksheet) -> Check:
    open_ = {
        "": "It is not said yet whether the smear serves",
        Quality.UNUSABLE.value: "The smear is not usable: no differential is signed from it",
    }
    if not worksheet.remark:
        open_[Quality.LIMITED.value] = "A usable smear needs a remark that says what limits it"
    if worksheet.quality in open_:
        return Check("quality", ok=False, text=open_[worksheet.quality], url="#sheet")
    return Check("quality", ok=True, text=f"Smear: {Quality(worksheet.quality).label.lower()}")


def _n(n: int, one: str, many: str, none: str) -> str:
    return none if n == 0 else f"{n} {one if n == 1 else many}"

"""Cells whose class is settled: two independent labels agree, or a third person decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from django.db.models import F, Q

from apps.cells.services import mark_reference
from apps.review.models import SecondReading


def settle(classes: Mapping[int, str]) -> None:
    """Make cells reference cells of a class ("" for none any more), by primary key of the cell."""
    by_class: defaultdict[str, list[int]] = defaultdict(list)
    for pk, name in classes.items():
        by_class[name].append(pk)
    for name, pks in by_class.items():
        mark_reference(cells=pks, to_class=name)


def forget_references(reading: SecondReading) -> None:
    """Take back every reference cell that a reading has made."""
    made = reading.items.exclude(first_class="")
    made = made.filter(Q(first_class=F("current_class")) | ~Q(decided_class=""))
    settle(dict.fromkeys(made.values_list("cell_id", flat=True), ""))

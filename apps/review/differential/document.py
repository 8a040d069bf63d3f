"""The differential as JSON: what the API answers, and what a report freezes."""

from __future__ import annotations

from typing import Any

from apps.review.differential.count import Absolute, Differential, Line
from apps.review.differential.looks import Advice
from apps.review.differential.ranges import Judgement, range_json
from apps.review.differential.rows import interval_json

Json = dict[str, Any]


def differential_json(found: Differential) -> Json:
    """Return a differential; percentages with one decimal, absolute counts with three."""
    return {
        "leukocytes": found.leukocytes,
        "cells": found.cells,
        "wbc": {"entered": found.wbc_entered, "used": None if found.wbc is None else round(found.wbc, 3)},
        "laboratory": found.laboratory,
        "note": found.note,
        "rows": [line_json(line) for line in found.lines if line.row.n or line.row.role != "unidentified"],
    }


def line_json(line: Line) -> Json:
    """Return one row: the keys of the slide page's count, and what follows from it."""
    row = line.row
    return {
        "class": row.name,
        "title": row.title,
        "letter": row.letter,
        "role": row.role,
        "n": row.n,
        "labelled": row.labelled,
        "suggested": row.suggested,
        "percent": line.shown,
        **interval_json(line.interval),
        "absolute": _absolute_json(line.absolute),
        "ranges": [_judgement_json(each) for each in line.judgements],
        "flags": line.flags,
        "advice": _advice_json(line.advice),
    }


def _absolute_json(absolute: Absolute | None) -> Json | None:
    if absolute is None:
        return None
    return {
        "value": round(absolute.value, 3),
        "low": round(absolute.low, 3),
        "high": round(absolute.high, 3),
    }


def _judgement_json(each: Judgement) -> Json:
    return {
        "verdict": each.verdict.value,
        "limits": each.limits,
        "text": each.text,
        "range": range_json(each.range),
    }


def _advice_json(advice: Advice | None) -> Json | None:
    if advice is None:
        return None
    return {
        "side": advice.side.value,
        "look": advice.look,
        "at": advice.at,
        "low": None if advice.low is None else round(advice.low, 1),
        "high": None if advice.high is None else round(advice.high, 1),
        "more": advice.more,
        "text": advice.text,
    }

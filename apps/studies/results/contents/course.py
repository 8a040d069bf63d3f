"""Sections about the course of reading: time for an image, drift over the trials."""

from __future__ import annotations

from collections.abc import Mapping

from apps.studies.results import charts, words
from apps.studies.results.contents.blocks import Section, Table
from apps.studies.results.contents.classes import people_of
from apps.studies.results.result import Result
from apps.studies.results.shapes import ALL, DriftPart


def times(result: Result, titles: Mapping[str, str]) -> Section | None:
    """Return the seconds for an image by class and origin, and the median of each reader."""
    analysis = result.analysis
    people = people_of(analysis)
    found = (
        analysis.pooled.times
        if analysis.pooled is not None and len(people) > 1
        else people[0].times
        if people
        else ()
    )
    known = [each for each in found if each.median is not None]
    if not known:
        return None
    rows = tuple(
        (
            words.title(each.intended, dict(titles)) if each.intended else "All classes",
            charts.ORIGINS[each.origin],
            str(each.n),
            words.seconds(each.median),
            f"{words.seconds(each.lower)} to {words.seconds(each.upper)}",
        )
        for each in known
    )
    readers = tuple(
        (
            reader.reader,
            str(each.n),
            words.seconds(each.median),
            f"{words.seconds(each.lower)} to {words.seconds(each.upper)}",
        )
        for reader in people
        for each in reader.times
        if each.origin == ALL and not each.intended and each.median is not None
    )
    tables = [
        Table(
            "Seconds for an image, by intended class and origin",
            ("Class", "Images", "Answers", "Median, s", "Quartiles, s"),
            rows,
            plain=(1,),
        )
    ]
    if len(people) > 1 and readers:
        tables.append(
            Table(
                "Seconds for an image, by reader", ("Reader", "Answers", "Median, s", "Quartiles, s"), readers
            )
        )
    drawing = charts.times(found, titles)
    return Section(
        "times",
        "Time for an image",
        (
            (
                "By the page's own clock, from shown to answered. Images that were interrupted, or during which the "
                "page was out of sight, are left out."
            ),
        ),
        (drawing,) if drawing is not None else (),
        tuple(tables),
    )


def drift(result: Result) -> Section | None:
    """Return how answers changed over the trials of each reader."""
    people = people_of(result.analysis)
    shown = [(reader.reader, reader.drift) for reader in people if reader.drift is not None]
    readers = [(name, found) for name, found in shown if found is not None and found.parts]
    if not readers:
        return None
    rows = tuple(_part(name, part) for name, found in readers for part in found.parts)
    tests = tuple(
        (name, words.p_only(found.class_p), words.p_only(found.realism_p), found.method)
        for name, found in readers
    )
    drawing = charts.drift(readers)
    left_out = len(readers) - charts.MOST_LINES
    return Section(
        "drift",
        "Drift over the trials",
        (f"The plot shows the first {charts.MOST_LINES} readers.",) if left_out > 0 else (),
        (drawing,) if drawing is not None else (),
        (
            Table(
                "Parts of each reader's order",
                ("Reader", "Images", "Named as intended", "Origin told rightly", "Median, s"),
                rows,
            ),
            Table(
                "Change over the trials",
                ("Reader", "p, class", "p, realism", "Method"),
                tests,
                plain=(3,),
            ),
        ),
    )


def _images(part: DriftPart) -> str:
    images = f"{part.first} to {part.last}"
    if part.realism_first is None:
        return images
    return f"{images}; realism {part.realism_first} to {part.realism_last}"


def _part(name: str, part: DriftPart) -> tuple[str, ...]:
    return (
        name,
        _images(part),
        words.share(part.correct),
        words.share(part.told),
        words.seconds(part.median_seconds),
    )

"""The columns of the tables to take out, each with its meaning: header and code book both come from here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.studies.results.shapes import BESIDE, SCALE
from apps.studies.results.trials import Key, Row, elapsed


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``values`` says what may stand in it; ``key`` columns exist only after unblinding."""

    name: str
    meaning: str
    values: str
    read: Callable[[Any], Any]
    key: bool = False


def _of_key(name: str) -> Callable[[Row], Any]:
    def read(row: Row) -> Any:
        return None if row.key is None else getattr(row.key, name)

    return read


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="milliseconds")


def _seconds(milliseconds: object) -> float | None:
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return None
    return milliseconds / 1000


def _correct(row: Row) -> bool | None:
    return None if row.key is None or not row.answer else row.answer == row.key.intended


def _told(row: Row) -> bool | None:
    if row.key is None or row.realism is None:
        return None
    return (row.realism > SCALE // 2) == (row.key.origin == "synthetic")


_ANSWERS = f"a class of the study, or {' or '.join(BESIDE)}; empty when not answered"

TRIALS: tuple[Column, ...] = (
    Column(
        "reader", "Pseudonym of the reader; M1, M2 ... are registered models", "text", lambda row: row.reader
    ),
    Column("model", "Whether the reader is a registered model", "true, false", lambda row: row.model),
    Column(
        "position",
        "Place of the image in the reader's order, practice first",
        "1, 2 ...",
        lambda row: row.position,
    ),
    Column("block", "Block of the reader's order; 0 is practice", "0, 1 ...", lambda row: row.block),
    Column(
        "case", "Code of the image; see the image manifest", "32 hexadecimal digits", lambda row: row.case
    ),
    Column(
        "practice",
        "Whether the image was for practice and counts nowhere",
        "true, false",
        lambda row: row.practice,
    ),
    Column("answer", "First answer; the primary analysis uses it", _ANSWERS, lambda row: row.answer),
    Column(
        "realism",
        "First answer about realism",
        "1 surely real ... 6 surely synthetic; empty when not asked or not answered",
        lambda row: row.realism,
    ),
    Column(
        "final_answer",
        "Last answer; differs where the protocol allows going back",
        _ANSWERS,
        lambda row: row.final_answer,
    ),
    Column("final_realism", "Last answer about realism", "as realism", lambda row: row.final_realism),
    Column("revisions", "How many answers were given", "0, 1 ...", lambda row: row.revisions),
    Column("reason", "What the reader wrote", "text", lambda row: row.reason),
    Column(
        "answered_at",
        "When the server stored the first answer",
        "ISO 8601, UTC",
        lambda row: _moment(row.answered_at),
    ),
    Column(
        "seconds",
        "From shown to answered while visible, by the page's monotonic clock; empty when interrupted",
        "seconds",
        lambda row: row.seconds,
    ),
    Column(
        "hidden_seconds",
        "How long the page was not visible meanwhile",
        "seconds",
        lambda row: _seconds(row.times.get("hidden_ms")),
    ),
    Column(
        "interrupted",
        "Whether the reader paused or left with the image on screen, or it came on screen more than once before the "
        "first answer, as when the page is loaded again; the seconds are then empty",
        "true, false",
        lambda row: row.interrupted,
    ),
    Column(
        "realism_position",
        "Place of the image in the second sitting, of studies with two",
        "as position",
        lambda row: row.realism_position,
    ),
    Column(
        "realism_answered_at",
        "As answered_at, of the second sitting",
        "ISO 8601, UTC",
        lambda row: _moment(row.realism_answered_at),
    ),
    Column(
        "realism_seconds",
        "As seconds, of the second sitting",
        "seconds",
        lambda row: elapsed(row.realism_times),
    ),
    Column(
        "probability",
        "Of a model: the probability it gave its answer",
        "0 to 1; empty for people",
        lambda row: row.probability,
        key=True,
    ),
    Column(
        "replicate",
        "0 for the first showing of an image, 1 ... for hidden repeats",
        "0, 1 ...",
        lambda row: row.replicate,
        key=True,
    ),
    Column(
        "shows_again",
        "Code of the case that a hidden repeat shows again; else the case itself",
        "as case",
        _of_key("first"),
        key=True,
    ),
    Column(
        "control",
        "Whether the image is an attention control and is left out of all figures but its own",
        "true, false",
        lambda row: row.control,
        key=True,
    ),
    Column("origin", "Where the image comes from", "real, synthetic", _of_key("origin"), key=True),
    Column(
        "intended_class",
        "Class of a real cell by its label; of a synthetic one the label of its condition, which is no truth",
        "a class of the study",
        _of_key("intended"),
        key=True,
    ),
    Column("arm", "Name of the arm that the image was drawn for", "text", _of_key("arm"), key=True),
    Column("stratum", "Arm and class it was drawn in", "text", _of_key("stratum"), key=True),
    Column(
        "generator_version",
        "What made a synthetic image, where known",
        "text",
        _of_key("generator"),
        key=True,
    ),
    Column("correct", "Whether answer is the intended class", "true, false; empty", _correct, key=True),
    Column(
        "told",
        "Whether realism is on the side of the origin: 4 to 6 says synthetic",
        "true, false; empty when not asked",
        _told,
        key=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Image:
    """One image of a study as the manifest lists it; ``length`` in bytes, ``key`` None before unblinding."""

    code: str
    digest: str
    length: int
    practice: bool
    control: bool
    replicate: int
    key: Key | None


IMAGES: tuple[Column, ...] = (
    Column("case", "Code of the image", "32 hexadecimal digits", lambda image: image.code),
    Column(
        "sha256",
        "Digest of the bytes that readers were sent",
        "64 hexadecimal digits",
        lambda image: image.digest,
        # It ties a code to a file, and a file to the cell it was made of.
        key=True,
    ),
    Column("bytes", "Length of the file", "bytes", lambda image: image.length),
    Column("practice", "Whether it was for practice", "true, false", lambda image: image.practice),
    Column(
        "control", "Whether it is an attention control", "true, false", lambda image: image.control, key=True
    ),
    Column("replicate", "As in the trials", "0, 1 ...", lambda image: image.replicate, key=True),
    Column("shows_again", "As in the trials", "as case", _of_key("first"), key=True),
    Column("origin", "As in the trials", "real, synthetic", _of_key("origin"), key=True),
    Column("intended_class", "As in the trials", "a class of the study", _of_key("intended"), key=True),
    Column("arm", "As in the trials", "text", _of_key("arm"), key=True),
    Column("stratum", "As in the trials", "text", _of_key("stratum"), key=True),
    Column("generator_version", "As in the trials", "text", _of_key("generator"), key=True),
)

READERS: tuple[Column, ...] = (
    Column("reader", "Pseudonym of the reader", "text", lambda reader: reader.reader),
    Column("role", "What the reader is", "a word of a list; empty when not told", lambda reader: reader.role),
    Column(
        "years",
        "Years of reading blood smears",
        "whole years; empty when not told",
        lambda reader: reader.years,
    ),
    Column(
        "colour_vision",
        "What the reader told of the own colour vision",
        "normal, red green, other, unknown; empty when not told",
        lambda reader: reader.colour_vision,
    ),
    Column(
        "screen",
        "What page and reader told of the screen",
        "JSON: sizes in CSS pixels; greys: all eleven steps of a wedge told apart or fewer",
        lambda reader: json.dumps(reader.screen, sort_keys=True),
    ),
    Column("images", "Images shown, without practice", "0, 1 ...", lambda reader: reader.images),
    Column("answered", "Of these answered", "0, 1 ...", lambda reader: reader.answered),
    Column(
        "seen_before",
        "Cells of the study that the reader had labelled elsewhere before",
        "0, 1 ...",
        lambda reader: reader.seen_before,
    ),
)

CODE_BOOK = ("file", "column", "meaning", "values")


def of(columns: Sequence[Column], *, unblinded: bool) -> tuple[Column, ...]:
    """Return the columns that a table has; those of the key only after unblinding."""
    return tuple(column for column in columns if unblinded or not column.key)


def code_book(*, unblinded: bool) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the code book for the tables as they are taken out now."""
    for file, columns in (("trials.csv", TRIALS), ("images.csv", IMAGES), ("readers.csv", READERS)):
        for column in of(columns, unblinded=unblinded):
            yield file, column.name, column.meaning, column.values

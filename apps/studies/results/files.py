"""Everything that can be taken out of a study, each as one file, and all of them as one archive.

Before unblinding there are the raw answers of a closed study and the list of its images, without any column of the
key; afterwards the key, the figures, the report and the checklists as well. No name of a person is in any of them.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import Any

from django.conf import settings

from apps.core import csv
from apps.core.errors import Conflict, NotFound
from apps.jobs.params import encode
from apps.studies.models import State, Study, StudyCase
from apps.studies.results import checklists, columns
from apps.studies.results.facts import RESEARCH_USE, SIMULATED, Facts, facts_of
from apps.studies.results.result import Result
from apps.studies.results.selectors import Stored, stored_result
from apps.studies.results.trials import Row, keys_of, rows

CSV = "text/csv; charset=utf-8"
JSON = "application/json"
PDF = "application/pdf"
ZIP = "application/zip"
TEXT = "text/plain; charset=utf-8"

ARCHIVE = "study.zip"
_LONG_AGO = (
    1980,
    1,
    1,
    0,
    0,
    0,
)  # the earliest moment that a ZIP archive can name; the same for every member


@dataclass(frozen=True, slots=True)
class File:
    """A file to take out; ``rows`` counts what stands in it, for the record."""

    name: str
    content: bytes
    content_type: str
    rows: int


def software() -> str:
    """Return what made the files."""
    return f"wbcweb {settings.WBCWEB_VERSION}"


class Source:
    """One study as its files are made from it: each thing is read once, however many files ask."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.unblinded = study.state == State.UNBLINDED

    @cached_property
    def rows(self) -> list[Row]:
        """Return the raw rows, with the key once unblinded."""
        return rows(self.study, unblinded=self.unblinded)

    @cached_property
    def facts(self) -> Facts:
        """Return the facts of the study."""
        return facts_of(self.study, self.rows)

    @cached_property
    def stored(self) -> Stored:
        """Return the result that is kept.

        Raises:
            Conflict: it has not been worked out yet.
        """
        found = stored_result(self.study)
        if found is None:
            raise Conflict("The results are still being worked out. Try again soon.", code="not-worked-out")
        return found

    @property
    def result(self) -> Result:
        """Return the result itself."""
        return self.stored.result

    @cached_property
    def images(self) -> list[columns.Image]:
        """Return the images in the order of their codes."""
        keys = keys_of(self.study) if self.unblinded else {}
        return [
            columns.Image(
                code=case.code,
                digest=case.image_digest,
                length=case.length,
                practice=case.practice,
                control=case.control,
                replicate=case.replicate,
                key=keys.get(case.code),
            )
            for case in StudyCase.objects.filter(study=self.study).order_by("code")
        ]


def _table(name: str, header: tuple[columns.Column, ...], found: list[Any]) -> File:
    lines = csv.lines(
        header=[column.name for column in header],
        rows=([column.read(one) for column in header] for one in found),
    )
    return File(name, "".join(lines).encode(), CSV, len(found))


def _trials(source: Source) -> File:
    return _table("trials.csv", columns.of(columns.TRIALS, unblinded=source.unblinded), source.rows)


def _images(source: Source) -> File:
    return _table("images.csv", columns.of(columns.IMAGES, unblinded=source.unblinded), source.images)


def _readers(source: Source) -> File:
    return _table("readers.csv", columns.READERS, list(source.facts.flow.readers))


def _code_book(source: Source) -> File:
    found = list(columns.code_book(unblinded=source.unblinded))
    return File(
        "codebook.csv", "".join(csv.lines(header=columns.CODE_BOOK, rows=found)).encode(), CSV, len(found)
    )


def _analysis(source: Source) -> File:
    told = {
        "study": {"title": source.study.title, "digest": source.study.digest},
        "software": software(),
        "simulated": source.facts.simulated,
        "worked_out": source.stored.at.isoformat(),
        "rests_on": source.stored.key,
        **encode(source.result),
    }
    return _json("analysis.json", told)


def _protocol(source: Source) -> File:
    study = source.study
    told: dict[str, Any] = {
        "title": study.title,
        "version": study.protocol_version,
        "digest": study.digest,
        "margin": study.margin,
        "protocol": study.protocol,
    }
    if source.unblinded:
        # The seed makes codes and orders again, so that whoever has the archive can check them.
        told["seed"] = study.seed
        told["draw"] = study.draw_report
    return _json("protocol.json", told)


def _audit(source: Source) -> File:
    audit = {name: value for name, value in source.study.audit.items() if name != "acknowledged_by"}
    return _json("leak-audit.json", audit)


def _json(name: str, told: Any) -> File:
    text = json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False, default=str)
    return File(name, f"{text}\n".encode(), JSON, 1)


def _checklists(source: Source) -> File:
    found = checklists.items(source.facts, source.result.analysis, software())
    lines = csv.lines(
        header=checklists.HEADER, rows=[(one.checklist, one.number, one.topic, one.known) for one in found]
    )
    return File("checklists.csv", "".join(lines).encode(), CSV, len(found))


def _report(source: Source) -> File:
    from apps.studies.results.report import report_as_pdf

    return File("report.pdf", report_as_pdf(source, software=software()), PDF, 1)


_MAKERS: dict[str, Callable[[Source], File]] = {
    "trials.csv": _trials,
    "images.csv": _images,
    "readers.csv": _readers,
    "codebook.csv": _code_book,
    "protocol.json": _protocol,
    "leak-audit.json": _audit,
    "analysis.json": _analysis,
    "checklists.csv": _checklists,
    "report.pdf": _report,
}
BLIND = ("trials.csv", "images.csv", "readers.csv", "codebook.csv")
"""What a closed study gives before it is unblinded; the protocol and the audit stay with its staff's pages."""


def names(study: Study) -> tuple[str, ...]:
    """Return which files a study gives as it stands, the archive of all of them last; none before it is closed."""
    if study.state == State.UNBLINDED:
        return (*_MAKERS, ARCHIVE)
    return (*BLIND, ARCHIVE) if study.state == State.CLOSED else ()


def make(study: Study, name: str) -> File:
    """Return one file of a study, or all of them in one archive.

    Raises:
        NotFound: there is no such file.
        Conflict: the study gives it later, or its results are still being worked out.
    """
    if name != ARCHIVE and name not in _MAKERS:
        raise NotFound("A study has no such file.")
    allowed = names(study)
    if name not in allowed:
        when = "Close the study first." if study.state != State.CLOSED else "It comes with unblinding."
        raise Conflict(f"This file is not there yet. {when}", code="too-early")
    source = Source(study)
    if name != ARCHIVE:
        return _MAKERS[name](source)
    return _archive(source, [_MAKERS[each](source) for each in allowed if each != ARCHIVE])


def _archive(source: Source, members: list[File]) -> File:
    """Return an archive with a read-me and the digests of its members; the same files give the same bytes."""
    readme = _read_me(source, members)
    sums = "".join(f"{hashlib.sha256(one.content).hexdigest()}  {one.name}\n" for one in (*members, readme))
    stored = BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in (readme, *members, File("SHA256SUMS", sums.encode(), TEXT, 1)):
            info = zipfile.ZipInfo(one.name, date_time=_LONG_AGO)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, one.content)
    return File(ARCHIVE, stored.getvalue(), ZIP, len(source.rows))


_ABOUT = {
    "trials.csv": "one row for each image shown to each reader",
    "images.csv": "the images; once unblinded, with the digests of what readers were sent",
    "readers.csv": "what readers told of experience, colour vision and screen, under pseudonyms",
    "codebook.csv": "what each column means",
    "protocol.json": "what was locked, with the seed of draw and orders",
    "leak-audit.json": "what could have told the arms apart",
    "analysis.json": "every figure, and the sentences that the data allow",
    "checklists.csv": "STARD and CLAIM, filled where the system knows",
    "report.pdf": "the report",
}


def _read_me(source: Source, members: list[File]) -> File:
    simulated = f"{SIMULATED}\n" if source.facts.simulated else ""
    blind = "" if source.unblinded else "The study is not unblinded: there is no column of the key.\n"
    listed = "".join(f"{one.name:18}{_ABOUT[one.name]}\n" for one in members)
    text = (
        f"{source.study.title}\n{RESEARCH_USE}\n{simulated}Made by {software()}.\n{blind}\n{listed}\n"
        "Shares in analysis.json are from 0 to 1. Intervals are 95 % unless a name says otherwise. "
        f"SHA256SUMS holds the digests of these files.\nSHA-256 of what was locked: {source.study.digest}\n"
    )
    return File("README.txt", text.encode(), TEXT, 1)

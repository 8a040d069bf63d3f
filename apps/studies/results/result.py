"""A whole result as it is kept: figures, the sentences they allow, and the published figures beside them."""

from __future__ import annotations

from dataclasses import dataclass

from apps.studies.audit import AuditReport
from apps.studies.results import published
from apps.studies.results.cautions import Sentence
from apps.studies.results.facts import Flow
from apps.studies.results.sentences import sentences
from apps.studies.results.shapes import Analysis, Share


@dataclass(frozen=True, slots=True)
class Result:
    """``published`` are sensitivities by class and last the accuracy of table 8, empty for other classes."""

    analysis: Analysis
    sentences: tuple[Sentence, ...]
    published: tuple[Share, ...] = ()


def result_of(analysis: Analysis, audit: AuditReport | None, flow: Flow) -> Result:
    """Return the result of an analysis; worked out in a job, for it loads large libraries."""
    unfinished = [
        (each.reader, each.answered, each.images) for each in flow.readers if each.answered < each.images
    ]
    beside = published.beside(analysis.classes)
    return Result(analysis, sentences(analysis, audit, unfinished), beside.shares() if beside else ())

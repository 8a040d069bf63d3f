"""The sections of a report in their order, for page and PDF."""

from __future__ import annotations

from collections.abc import Mapping

from apps.studies.audit import AuditReport
from apps.studies.results.contents import agreement, classes, course, realism, study
from apps.studies.results.contents.blocks import Section
from apps.studies.results.facts import Facts
from apps.studies.results.result import Result

__all__ = ["Section", "sections"]


def sections(
    result: Result, facts: Facts, audit: AuditReport | None, *, titles: Mapping[str, str], software: str
) -> list[Section]:
    """Return the sections of a report.

    Args:
        result: The figures, with what they allow to say.
        facts: Of the study.
        audit: The leak audit, published with the result.
        titles: What people call the classes.
        software: Name and version of this program.
    """
    found = [
        classes.matrices(result, titles),
        classes.sensitivities(result, titles),
        classes.real_against_synthetic(result),
        realism.told(result),
        realism.curves(result),
        classes.beside_published(result, titles),
        agreement.agreement(result),
        course.times(result, titles),
        course.drift(result),
        classes.single_readers(result, titles),
        agreement.mixed(result),
        study.leak_audit(audit),
        study.design(facts),
        study.checklist(facts, result.analysis, software),
        study.methods(result, facts, software),
    ]
    return [section for section in found if section is not None]

"""Sections about the study itself: design, flow, leak audit, checklists, methods."""

from __future__ import annotations

from collections.abc import Iterable

from apps.studies.audit import AuditReport
from apps.studies.results import checklists, words
from apps.studies.results.contents.blocks import Section, Table
from apps.studies.results.facts import Facts, moment
from apps.studies.results.flowchart import flow
from apps.studies.results.result import Result
from apps.studies.results.shapes import Analysis


def design(facts: Facts) -> Section:
    """Return how the study was designed, when each step was taken, and how far readers went."""
    counts = facts.counts
    tables = [
        Table("Design", ("What", "How"), tuple(facts.design), plain=(1,)),
        Table("Steps", ("Step", "When"), tuple(facts.dates), plain=(1,)),
        Table(
            "Images",
            ("Counted", "Hidden repeats", "Attention controls", "Practice"),
            (tuple(str(counts[name]) for name in ("counted", "repeats", "controls", "practice")),),
        ),
        Table(
            "Readers",
            (
                "Reader",
                "Experience",
                "Colour vision",
                "Images",
                "Answered",
                "Other",
                "Cannot tell",
                "Interrupted",
                "Cells labelled elsewhere before",
            ),
            tuple(
                (
                    each.reader,
                    each.about,
                    each.colour_vision or "not told",
                    *map(
                        str,
                        (
                            each.images,
                            each.answered,
                            each.other,
                            each.cannot_tell,
                            each.interrupted,
                            each.seen_before,
                        ),
                    ),
                )
                for each in facts.flow.readers
            ),
            plain=(1, 2),
        ),
    ]
    if facts.reopenings:
        tables.append(_reopenings(facts))
    if facts.strata:
        tables.append(_strata(facts))
    return Section(
        "design",
        "Design and flow",
        (checklists.flow_words(facts),),
        (flow(facts.flow, facts.counts),),
        tuple(tables),
    )


def _reopenings(facts: Facts) -> Table:
    return Table(
        "Opened again after it had been closed (S1 made the study, S2 ... are others of its staff)",
        ("When", "Who", "Why"),
        tuple((moment(each.at), each.who, each.why) for each in facts.reopenings),
        plain=(1, 2),
    )


def _strata(facts: Facts) -> Table:
    names = ("arm", "class", "candidates", "near_duplicates", "chosen")
    return Table(
        "The draw",
        ("Arm", "Class", "Candidates", "Near-duplicates left out", "Drawn"),
        tuple(tuple(str(each.get(name, "")) for name in names) for each in facts.strata),
        plain=(1,),
    )


def leak_audit(audit: AuditReport | None) -> Section:
    """Return what the leak audit found: it is published with the result."""
    if audit is None:
        return Section(
            "audit",
            "Leak audit",
            ("No leak audit of a version that this site can read is stored with the study.",),
        )
    blocked = len(audit.blocked)
    sentences = [
        (
            f"{words.counted(audit.checked, 'thing')} around the pictures compared (container, headers, lengths, "
            f"addresses, times): {'nothing told the arms apart' if not blocked else f'{blocked} stood in the way'}."
        ),
    ]
    if audit.acknowledged:
        sentences.append(f"Taken note of before locking: {audit.why}")
    tables = []
    if audit.content:
        tables.append(
            Table(
                "What plain figures of the pictures tell: cross-validated AUC of a trivial classifier, permutation p",
                ("Figures", "AUC", "p", "p after Holm"),
                tuple(
                    (one.named, f"{one.auc:.3f}", words.p_only(one.p), words.p_only(one.p_holm))
                    for one in audit.content
                ),
            )
        )
        sentences.append(
            "0.5 tells nothing. Contents may honestly differ; the table limits what a difference between real and "
            "synthetic images means."
            if any(not one.between for one in audit.content)
            else "0.5 tells nothing. Contents may honestly differ; the table limits what a difference between the arms "
            "means."
        )
    sentences += audit.cautions
    overlap = audit.overlap
    tables.append(
        Table(
            "Pictures that look alike",
            ("Within the study", "The same elsewhere on the site", "Alike elsewhere", "Looked at"),
            (
                tuple(
                    str(n)
                    for n in (
                        overlap.pairs,
                        overlap.same_elsewhere,
                        overlap.alike_elsewhere,
                        overlap.looked_at,
                    )
                ),
            ),
        )
    )
    return Section("audit", "Leak audit", tuple(sentences), tables=tuple(tables))


def checklist(facts: Facts, analysis: Analysis, software: str) -> Section:
    """Return the reporting checklists as far as the system can fill them."""
    found = checklists.items(facts, analysis, software)
    tables = tuple(
        Table(
            name,
            ("Item", "Topic", "Known to the system"),
            tuple(
                (one.number, one.topic, one.known or "for the authors")
                for one in found
                if one.checklist == name
            ),
            plain=(1, 2),
        )
        for name in (checklists.STARD, checklists.CLAIM)
    )
    known = sum(bool(one.known) for one in found)
    return Section(
        "checklists",
        "Reporting checklists",
        (
            f"{known} of {len(found)} items are filled from what the system knows; check them before you print them.",
        ),
        tables=tables,
        folded=True,
    )


def methods(result: Result, facts: Facts, software: str) -> Section:
    """Return methods, programs and digests."""
    analysis = result.analysis
    return Section(
        "methods",
        "Methods",
        (checklists.methods(analysis),),
        items=tuple(_notes(analysis, facts, software)),
    )


def _notes(analysis: Analysis, facts: Facts, software: str) -> Iterable[str]:
    yield from analysis.notes
    programs = ", ".join(f"{name} {version}" for name, version in analysis.software)
    yield f"Made by {software}" + (f" with {programs}" if programs else "") + "."
    yield f"SHA-256 of what was locked: {facts.digest}"

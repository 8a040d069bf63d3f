"""Sections about agreement: readers, models and intended class; hidden repeats; the mixed model."""

from __future__ import annotations

from collections.abc import Iterable

from apps.studies.results import words
from apps.studies.results.contents.blocks import Section, Table
from apps.studies.results.contents.classes import people_of
from apps.studies.results.result import Result
from apps.studies.results.shapes import Agreement, Analysis, Pooled

_INTENDED = "intended"


def agreement(result: Result) -> Section | None:
    """Return the agreement of pairs on the same images, over all readers, and of readers with themselves."""
    analysis = result.analysis
    tables: list[Table] = []
    over_all = tuple(_over_all(analysis.pooled)) if analysis.pooled is not None else ()
    if over_all and len(people_of(analysis)) > 1:
        tables.append(Table("Over all readers", ("Coefficient", "Value (95 % interval)"), over_all))
    if analysis.agreements:
        tables.append(
            Table(
                "Pairs on the same images",
                (
                    "First",
                    "Second",
                    "Images",
                    "Same answer",
                    "Cohen's kappa",
                    "Gwet's AC1",
                    "Right by the first alone",
                    "Right by the second alone",
                    "Exact McNemar p",
                ),
                tuple(_pair(each) for each in analysis.agreements),
                plain=(1,),
            )
        )
    repeats = tuple(
        (
            reader.reader,
            str(reader.repeats.n),
            str(reader.repeats.same),
            words.figure(reader.repeats.kappa),
        )
        for reader in analysis.readers
        if reader.repeats is not None and reader.repeats.n
    )
    if repeats:
        tables.append(
            Table("Hidden repeats", ("Reader", "Images shown twice", "Same answer", "Cohen's kappa"), repeats)
        )
    if not tables:
        return None
    return Section(
        "agreement",
        "Agreement",
        (
            (
                "“Intended class” is the label an image was drawn under; of a synthetic image it is no truth, so that "
                "agreement with it is not accuracy there. Kappa falls where one class is most images; AC1 does not."
            ),
        ),
        tables=tuple(tables),
    )


def _over_all(pooled: Pooled) -> Iterable[tuple[str, str]]:
    for name, found in (
        ("Fleiss' kappa, class", pooled.fleiss),
        ("Krippendorff's alpha, class", pooled.alpha),
        ("Fleiss' kappa, realism", pooled.realism_fleiss),
        ("Krippendorff's alpha, realism", pooled.realism_alpha),
    ):
        if found is not None and found.value is not None:
            yield name, words.figure(found)


def _pair(found: Agreement) -> tuple[str, ...]:
    tested = _INTENDED not in {found.first, found.second}
    return (
        _rater(found.first),
        _rater(found.second),
        str(found.n),
        f"{found.agreed}, {words.percent(found.agreed / found.n)} %" if found.n else words.NONE,
        words.figure(found.kappa),
        words.figure(found.ac1),
        str(found.only_first) if tested else words.NONE,
        str(found.only_second) if tested else words.NONE,
        words.p_only(found.mcnemar_p),
    )


def _rater(name: str) -> str:
    return "Intended class" if name == _INTENDED else name


def mixed(result: Result) -> Section | None:
    """Return the secondary analysis by a mixed model."""
    analysis: Analysis = result.analysis
    found = analysis.pooled.mixed if analysis.pooled is not None else ()
    if not found:
        return None
    tables = tuple(
        Table(
            f"Log-odds of {'naming the intended class' if each.question == 'class' else 'telling the origin rightly'}",
            ("Term", "Log-odds (95 % interval)"),
            (
                *((name, words.figure(value)) for name, value in each.terms),
                ("Standard deviation between readers", words.figure(each.reader_sd)),
                ("Standard deviation between images", words.figure(each.case_sd)),
            ),
        )
        for each in found
    )
    notes = tuple(dict.fromkeys(each.note for each in found if each.note))
    return Section(
        "mixed",
        "Mixed model (secondary, approximate)",
        (
            "A Bayesian logistic model with crossed readers and images. The bootstrap above is the primary analysis.",
            *notes,
        ),
        tables=tables,
        folded=True,
    )

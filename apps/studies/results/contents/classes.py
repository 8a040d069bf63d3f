"""Sections about the class: what was answered, sensitivities, real against synthetic, beside the published study."""

from __future__ import annotations

from collections.abc import Mapping

from apps.studies.results import charts, published, words
from apps.studies.results.contents.blocks import Heat, Section, Table, beside, heat, heat_of
from apps.studies.results.result import Result
from apps.studies.results.shapes import (
    ALL,
    REAL,
    SYNTHETIC,
    Analysis,
    Difference,
    Figure,
    Matrix,
    OneReader,
    Origin,
)

Titles = Mapping[str, str]

_INTENDED = (
    "Rows: intended class. Of a synthetic image it is the label of the condition under which it was made, no truth. "
    "“Other” and “cannot tell” count as not correct."
)

_DISTURBED = (
    "Interrupted: the reader paused or left with the image on screen, or loaded the page again. Hidden: the page was "
    "out of sight meanwhile."
)


def people_of(analysis: Analysis) -> list[OneReader]:
    """Return the readers who are people and have answered."""
    return [reader for reader in analysis.readers if not reader.model and reader.answered]


def leading_matrices(analysis: Analysis) -> tuple[Matrix, ...]:
    """Return the matrices over all people, of the one reader where there is one."""
    people = people_of(analysis)
    if analysis.pooled is not None and len(people) > 1:
        return analysis.pooled.matrices
    return people[0].matrices if people else ()


def matrices(result: Result, titles: Titles) -> Section:
    """Return the confusion matrices over all readers: all, real, synthetic."""
    analysis = result.analysis
    people = people_of(analysis)
    who = "all readers" if len(people) > 1 else people[0].reader if people else ""
    found = leading_matrices(analysis)
    tables = tuple(
        heat_of(each, f"{charts.ORIGINS[each.origin]}, {who}: counts and per cent of the row", titles)
        for each in found
    )
    other = sum(beside(each) for each in found if each.origin == ALL)
    left = f" {words.counted(other, 'answer was', 'answers were')} “other” or “cannot tell”." if other else ""
    return Section("matrices", "What was answered", (_INTENDED + left,), tables=tables)


def single_readers(result: Result, titles: Titles) -> Section | None:
    """Return the matrices of each reader, where there are several, and of each model."""
    analysis = result.analysis
    readers = [r for r in analysis.readers if r.answered and (r.model or len(people_of(analysis)) > 1)]
    if not readers:
        return None
    tables: list[Table | Heat] = [
        Table(
            "Intended class named, by reader, with Wilson 95 % intervals",
            (
                "Reader",
                "All images",
                "By final answers",
                "Without interrupted or hidden ones",
                "Attention controls",
            ),
            tuple(
                (
                    _name(reader),
                    words.share(reader.accuracy),
                    words.share(reader.final_accuracy),
                    words.share(reader.undisturbed_accuracy),
                    words.share(reader.controls),
                )
                for reader in readers
            ),
        )
    ]
    tables += [
        heat_of(each, f"{_name(reader)}, {charts.ORIGINS[each.origin].lower()}", titles)
        for reader in readers
        for each in reader.matrices
    ]
    return Section("single", "Each reader", (_DISTURBED,), tables=tuple(tables), folded=True)


def _name(reader: OneReader) -> str:
    return f"{reader.reader} (model)" if reader.model else reader.reader


def sensitivities(result: Result, titles: Titles) -> Section | None:
    """Return the sensitivities of each class, the published ones beside where they are of the same classes."""
    found = leading_matrices(result.analysis)
    if not found:
        return None
    by_origin = {each.origin: each for each in found}
    parts = [origin for origin in (ALL, REAL, SYNTHETIC) if origin in by_origin]
    old = result.published
    header = ("Class", *(charts.ORIGINS[part] for part in parts), *(("Published, all",) if old else ()))
    rows = []
    for at, name in enumerate(found[0].classes):
        shares = [words.share(by_origin[part].sensitivities[at]) for part in parts]
        rows.append((words.title(name, dict(titles)), *shares, *((words.share(old[at]),) if old else ())))
    tables = [
        Table(
            "Images of each class that were named as intended, with Wilson 95 % intervals",
            header,
            tuple(rows),
        )
    ]
    pooled = result.analysis.pooled
    over = dict(pooled.bootstrap_sensitivities) if pooled and len(people_of(result.analysis)) > 1 else {}
    if over:
        tables.append(_bootstrapped(result.analysis, over, titles))
    return Section(
        "sensitivities",
        "Sensitivity of each class",
        ("Figures of single classes are descriptive: no study of this size was planned for each class.",),
        (charts.sensitivities(found, titles, old[:-1] or None, over),),
        tuple(tables),
    )


def _bootstrapped(analysis: Analysis, found: Mapping[Origin, tuple[Figure, ...]], titles: Titles) -> Table:
    rows = tuple(
        (
            words.title(name, dict(titles)),
            *(
                f"{words.percent(each[at].value)} % ({words.between(each[at].low, each[at].high)})"
                for each in found.values()
            ),
        )
        for at, name in enumerate(analysis.classes)
    )
    return Table(
        "The same with 95 % intervals by the bootstrap of readers and images, which allows for answers to one image "
        "being alike",
        ("Class", *(charts.ORIGINS[origin] for origin in found)),
        rows,
    )


def real_against_synthetic(result: Result) -> Section | None:
    """Return class accuracy on real against synthetic images, per reader and across them."""
    analysis = result.analysis
    found = [(_name(reader), reader.difference) for reader in analysis.readers if reader.answered]
    people = people_of(analysis)
    pooled = analysis.pooled.difference if analysis.pooled is not None and len(people) > 1 else None
    if pooled is not None:
        found.append(("All readers", pooled))
    rows = tuple(_difference_row(name, each) for name, each in found if each is not None)
    if not rows:
        return None
    drawing = charts.differences([r for r in analysis.readers if r.answered], pooled, analysis.margin)
    return Section(
        "difference",
        "Class accuracy on real against synthetic images",
        (
            (
                "The arms are different images, so there are no pairs: Fisher's exact test decides within a reader, "
                "Barnard's stands beside it. Across readers the interval resamples readers and images."
            ),
        ),
        (drawing,) if drawing is not None else (),
        (
            Table(
                "Images named as intended, real against synthetic",
                (
                    "Reader",
                    "Real",
                    "Synthetic",
                    "Difference (95 % interval)",
                    "Fisher p",
                    "Barnard p",
                    "Equivalent within the margin",
                ),
                rows,
                plain=(6,),
            ),
        ),
    )


def _difference_row(name: str, found: Difference) -> tuple[str, ...]:
    interval = words.points_between(found.low, found.high)
    pooled = found.fisher_p is None  # Wilson's interval would take answers of several readers for independent
    return (
        name,
        words.counts(found.real) if pooled else words.share(found.real),
        words.counts(found.synthetic) if pooled else words.share(found.synthetic),
        f"{words.points(found.value)} ({interval})",
        words.p_only(found.fisher_p),
        words.p_only(found.barnard_p),
        equivalence_words(
            found.equivalence is not None, equivalent=bool(found.equivalence and found.equivalence.equivalent)
        ),
    )


def equivalence_words(tested: bool, *, equivalent: bool) -> str:  # noqa: FBT001 - two answers to one question
    """Return what a test of equivalence gave, for a column."""
    if not tested:
        return "not tested"
    return "yes" if equivalent else "not shown"


def beside_published(result: Result, titles: Titles) -> Section | None:
    """Return this study beside table 8 of the published one, where the classes are the same five."""
    analysis = result.analysis
    old = published.beside(analysis.classes)
    found = leading_matrices(analysis)
    if old is None or not result.published or not found:
        return None
    names = [words.title(name, dict(titles)) for name in old.classes]
    ours = {each.origin: each for each in found}
    rows = (
        ("All images", words.share(result.published[-1]), _accuracy(ours.get(ALL))),
        ("Real", f"{published.REAL[0]} of {published.REAL[1]}", _accuracy(ours.get(REAL))),
        (
            "Synthetic",
            f"{published.GENERATED[0]} of {published.GENERATED[1]}",
            _accuracy(ours.get(SYNTHETIC)),
        ),
    )
    return Section(
        "published",
        "Beside the published study",
        (
            (
                f"{published.SOURCE}: one laboratory specialist, 50 real and 50 generated images. The table does not "
                "part them; the text counts three errors on real and two on generated images. 47 of 50 against 48 of "
                "50 is no difference that such a study could show."
            ),
        ),
        tables=(
            Table(
                "Images named as intended, beside the published study",
                ("Images", "Published", "This study"),
                rows,
            ),
            heat(f"{published.SOURCE}, all images: counts and per cent of the row", old.counts, names, names),
            *(
                heat_of(each, "This study, all images: counts and per cent of the row", titles)
                for each in found
                if each.origin == ALL
            ),
        ),
    )


def _accuracy(matrix: Matrix | None) -> str:
    """Return the accuracy of a matrix as counts; intervals over several readers stand with the sentences."""
    if matrix is None:
        return words.NONE
    right = sum(line[at] for at, line in enumerate(matrix.counts))
    n = sum(map(sum, matrix.counts))
    return f"{right} of {n}, {words.percent(right / n)} %" if n else words.NONE

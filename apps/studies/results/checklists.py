"""Reporting checklists with what the system knows of each item; the rest is left for the authors.

STARD 2015 (Bossuyt et al., BMJ 2015;351:h5527) for the reading by people, CLAIM (Mongan, Moy & Kahn, Radiology:
Artificial Intelligence 2020;2:e200029) where generated images or a model take part; its 2024 update asks for the same
under other numbers. Items are named in our own words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apps.studies.results import words
from apps.studies.results.facts import Facts, Flow, source_words
from apps.studies.results.shapes import ALL, Analysis

STARD = "STARD 2015"
CLAIM = "CLAIM"
HEADER = ("checklist", "item", "topic", "known to the system")


@dataclass(frozen=True, slots=True)
class Item:
    """One item; ``known`` is empty where only the authors can answer."""

    checklist: str
    number: str
    topic: str
    known: str = ""


_STARD_TOPICS = {
    "1": "Title: a study of diagnostic accuracy, with a measure of accuracy",
    "2": "Structured abstract",
    "3": "Background, intended use and role of the test",
    "4": "Objectives and hypotheses",
    "5": "Data collected before or after test and reference (prospective or retrospective)",
    "6": "Eligibility criteria",
    "7": "How eligible cases were identified",
    "8": "Where and when",
    "9": "Consecutive, random or convenience series",
    "10a": "Index test in detail",
    "10b": "Reference standard in detail",
    "11": "Why this reference standard",
    "12a": "Result categories of the index test, fixed beforehand or explored",
    "12b": "Categories of the reference standard",
    "13a": "What readers of the index test knew",
    "13b": "What assessors of the reference standard knew",
    "14": "Methods for estimating and comparing accuracy",
    "15": "Indeterminate results",
    "16": "Missing data",
    "17": "Analyses of variability, fixed beforehand or explored",
    "18": "Intended sample size and why",
    "19": "Flow, with a diagram",
    "20": "Characteristics of participants",
    "21a": "Distribution of severity in cases",
    "21b": "Distribution of alternative diagnoses",
    "22": "Interval between index test and reference standard",
    "23": "Cross table of index test by reference standard",
    "24": "Estimates of accuracy with precision",
    "25": "Adverse events",
    "26": "Limitations: bias, uncertainty, generalisability",
    "27": "Implications for practice",
    "28": "Registration number",
    "29": "Where the full protocol is",
    "30": "Funding and role of funders",
}

_CLAIM_TOPICS = {
    "5": "Prospective or retrospective",
    "6": "Goal of the study",
    "7": "Data sources",
    "8": "Eligibility: how, where and when",
    "9": "Preprocessing of data",
    "10": "Selection of subsets",
    "12": "De-identification",
    "13": "Missing data",
    "14": "Definition of the reference standard",
    "16": "Source of the reference and qualification of annotators",
    "17": "Annotation tools",
    "18": "Variability between and within raters",
    "19": "Intended sample size and why",
    "22": "Model in detail",
    "28": "Measures of performance",
    "29": "Significance and uncertainty",
    "33": "Flow of cases",
    "34": "Characteristics of cases",
    "36": "Estimates of accuracy with precision",
    "37": "Analysis of failures",
    "38": "Limitations",
    "41": "Where protocol, data and code are",
    "42": "Funding",
}


def items(facts: Facts, analysis: Analysis, software: str) -> list[Item]:
    """Return both checklists, filled where the system knows.

    Args:
        facts: Of the study.
        analysis: Its figures.
        software: Name and version of this program.
    """
    known_stard = dict(_stard(facts, analysis))
    known_claim = dict(_claim(facts, analysis, software, known_stard))
    return [
        *(Item(STARD, number, topic, known_stard.get(number, "")) for number, topic in _STARD_TOPICS.items()),
        *(Item(CLAIM, number, topic, known_claim.get(number, "")) for number, topic in _CLAIM_TOPICS.items()),
    ]


def _stard(facts: Facts, analysis: Analysis) -> Iterator[tuple[str, str]]:
    plan, flow = facts.protocol, facts.flow
    dates = dict(facts.dates)
    yield "5", f"Protocol locked {dates.get('Locked', '')}, before the first answer; images labelled before."
    yield (
        "6",
        "; ".join(f"{arm.name}: {source_words(arm.source)}" for arm in plan.arms)
        + "; cells cut off by the border of their field and near-duplicates left out"
        + (
            "; cells that readers enrolled before had labelled left out"
            if plan.exclude_labelled_by_reader
            else ""
        ),
    )
    yield "8", f"Read in a browser, {dates.get('Opened', '')} to {dates.get('Closed', '')}."
    yield "9", "Random: a recorded draw in strata of arm and class."
    yield (
        "10a",
        f"Reader's answer to one image at a time, {plan.image_side} px wide on neutral grey, own stored random order, "
        f"asked: {', '.join(plan.questions)}. No feedback"
        + ("" if plan.going_back else ", no going back")
        + f"; {plan.practice} practice images.",
    )
    yield (
        "10b",
        "Class under which the cell was drawn. Of a synthetic image it is the label of the condition, no truth.",
    )
    categories = f"{', '.join(plan.classes)}, other, cannot tell; fixed by the locked protocol."
    if "realism" in plan.questions:
        categories += " Realism on six points, 4 to 6 taken as synthetic; fixed beforehand."
    yield "12a", categories
    yield (
        "13a",
        "Readers knew neither origin, class, proportions nor others' answers; a leak audit was run before locking.",
    )
    yield "13b", "Labels were given before the study began."
    yield "14", methods(analysis)
    yield "15", "“Other” and “cannot tell” count as not correct and are reported as columns of their own."
    left = [
        f"{each.reader}: {each.answered} of {each.images}"
        for each in flow.readers
        if each.answered < each.images
    ]
    yield (
        "16",
        f"Not all answered: {'; '.join(left)}."
        if left
        else "None: every reader who began answered all images.",
    )
    yield (
        "17",
        "Per reader, class, origin, over trials, hidden repeats: fixed beforehand. Figures per class are descriptive.",
    )
    yield (
        "18",
        f"{facts.counts['counted']} images, {words.counted(plan.readers, 'reader')} planned; margin "
        + ("none." if analysis.margin is None else f"{words.percent(analysis.margin)} points."),
    )
    yield "19", flow_words(facts)
    yield "20", "; ".join(f"{each.reader}: {each.about}" for each in flow.readers if each.role)
    yield "23", "Confusion matrices in the report: all, real, synthetic."
    pooled = analysis.pooled
    if pooled is not None:
        over = dict(pooled.bootstrap_accuracy).get(ALL)
        yield (
            "24",
            f"Class accuracy {words.percent(pooled.accuracy.value)} % "
            + (f"({words.between(over.low, over.high)}); " if over is not None else "; ")
            + "sensitivities with intervals in the report.",
        )
    elif analysis.readers:
        yield (
            "24",
            f"Class accuracy {words.share(analysis.readers[0].accuracy)}; sensitivities in the report.",
        )
    yield "29", f"Exported with the results; SHA-256 of what was locked: {facts.digest}"


def _claim(
    facts: Facts, analysis: Analysis, software: str, stard: dict[str, str]
) -> Iterator[tuple[str, str]]:
    models = [reader.reader for reader in analysis.readers if reader.model]
    yield "5", stard["5"]
    yield "6", "Blinded reading of real and synthetic images of single cells by experts."
    yield "7", stard["6"]
    yield "8", stard["8"]
    yield (
        "9",
        "Decoded, cut, resized, encoded anew and padded to one length by one normaliser, both arms alike.",
    )
    yield "10", stard["9"]
    yield "12", "Pictures carry no metadata; readers and images go by codes."
    yield "13", stard["16"]
    yield "14", stard["10b"]
    yield "17", software
    yield "18", "Agreement between readers and of hidden repeats in the report, where there are any."
    yield "19", stard["18"]
    yield "22", f"Models that read beside the experts: {', '.join(models)}." if models else ""
    yield (
        "28",
        "Class accuracy, sensitivities; where realism was asked: share told rightly, d', criterion, ROC area.",
    )
    yield "29", stard["14"]
    yield "33", stard["19"]
    yield "34", "; ".join(_stratum(each) for each in facts.strata)
    if "24" in stard:
        yield "36", stard["24"]
    yield "37", "Confusion matrices and the table of all trials."
    yield "41", stard["29"]


def _stratum(stratum: dict[str, object]) -> str:
    return (
        f"{stratum.get('arm', '')}, {stratum.get('class', '')}: {stratum.get('chosen', '')} of "
        f"{stratum.get('candidates', '')}"
    )


def flow_words(facts: Facts) -> str:
    """Return the flow of readers as one sentence."""
    flow = facts.flow
    return (
        f"{words.counted(flow.enrolled, 'reader')} enrolled, {flow.consented} consented, {left_words(flow)}, "
        f"{flow.began} began, {flow.finished} finished; {facts.counts['counted']} images counted, "
        f"{facts.counts['repeats']} hidden repeats, {words.counted(facts.counts['controls'], 'control')}, "
        f"{facts.counts['practice']} for practice."
    )


def left_words(flow: Flow) -> str:
    """Return how readers left a study, each way by itself."""
    ways = [
        f"{flow.withdrawn} withdrew",
        f"{flow.ended} ended by staff" if flow.ended else "",
        f"{words.counted(flow.erased, 'account')} erased and left out" if flow.erased else "",
        f"{words.counted(flow.erased_counted, 'account')} erased and counted" if flow.erased_counted else "",
    ]
    return ", ".join(filter(None, ways))


def methods(analysis: Analysis) -> str:
    """Return by what methods the figures were made, for reports and checklists."""
    return (
        "Wilson intervals of shares; Fisher's exact test for real against synthetic images within a reader; exact "
        "two-sided binomial test for origin against 50 %; d' and criterion with log-linear correction; exact McNemar "
        "test for two raters of the same images; bootstrap of readers and images across readers "
        f"({analysis.resamples} resamples, seed {analysis.seed}); Bayesian crossed mixed model as a secondary, "
        "approximate analysis; two one-sided tests for equivalence; Holm's correction where several are tested. "
        "First answers count."
    )

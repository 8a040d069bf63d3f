"""A report as pages, PDF and CSV show it: one reading of what was frozen, whatever the form it was frozen in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from apps.review.models import Quality, Report
from apps.review.signing.frozen import RESEARCH_USE, is_intact
from apps.slides.models import ScaleSource, Sex

Json = dict[str, Any]

_METHOD = (
    "Per cents are of all leukocytes. Intervals are exact 95 % intervals of the counting (Clopper-Pearson); "
    "nucleated red cells per 100 leukocytes by the exact interval of a ratio of counts."
)


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signed and when."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Shown:
    """A report in words and numbers. ``facts`` are pairs of a name and what stands beside it."""

    title: str
    state: str
    specimen: str
    facts: list[tuple[str, str]]
    rows: list[Json]
    leukocytes: int
    flags: list[str]
    notes: list[str]
    signed: list[Signed]
    missing: int
    digest: str
    intact: bool
    research_use: str = RESEARCH_USE
    erased: bool = field(default=False)


def shown(report: Report) -> Shown:
    """Return what a report says; its signatures are read with it (`reports_of`)."""
    content, about = report.content, report.about
    counted = content["differential"]
    signed = [Signed(each.signer.display_name, each.signed_at) for each in report.signatures.all()]
    superseded = getattr(report, "superseded_by", None)
    return Shown(
        title=f"Differential, report {report.short_id}",
        state=_state(report, len(signed), superseded),
        specimen=pseudonym(report),
        facts=[*_about(report, about), *_rests_on(content)],
        rows=counted["rows"],
        leukocytes=counted["leukocytes"],
        flags=[f"{row['title']}: {flag}" for row in counted["rows"] for flag in row["flags"]],
        notes=_notes(report, content, about),
        signed=signed,
        missing=max(report.signatures_needed - len(signed), 0),
        digest=report.digest,
        intact=is_intact(report),
        erased=about is None,
    )


def pseudonym(report: Report) -> str:
    """Return the specimen's pseudonym; of one that was erased, a name that says nothing but stays the same."""
    if report.about is None:
        return f"Removed specimen {report.short_id[:4].lower()}"
    return str(report.about["specimen"]["pseudonym"])


def _state(report: Report, signatures: int, superseded: Report | None) -> str:
    if superseded is not None:
        return f"Superseded by report {superseded.short_id}"
    if signatures < report.signatures_needed:
        return f"{signatures} of {report.signatures_needed} signatures"
    return "Signed" if report.number == 1 else f"Signed, version {report.number}"


def _about(report: Report, about: Json | None) -> list[tuple[str, str]]:
    if about is None:
        return [("Specimen", f"{pseudonym(report)}, of which only the counts are kept")]
    specimen = about["specimen"]
    sex = dict(Sex.choices).get(specimen["sex"], specimen["sex"]) if specimen["sex"] else ""
    pairs = [
        ("Specimen", specimen["pseudonym"]),
        ("Age band", specimen["age_band"]),
        ("Sex", sex),
        ("Species", specimen["species"]),
        ("Stain", specimen["stain"]),
        ("Anticoagulant", specimen["anticoagulant"]),
        ("Collected", day_and_time(specimen["collected_at"])),
        ("Slide", about["slide"]),
        ("Remark", about["remark"]),
    ]
    return [(name, str(value)) for name, value in pairs if value]


def _rests_on(content: Json) -> list[tuple[str, str]]:
    sheet, counted = content["sheet"], content["differential"]
    device = content["device"]
    pairs = [
        ("Smear", Quality(sheet["quality"]).label if sheet["quality"] else ""),
        ("Device", ", ".join(filter(None, (device["name"], device["objective"]))) if device else "not given"),
        ("Scale", _scale(content["fields"])),
        ("Fields", str(len(content["fields"]))),
        ("Leukocyte count", _wbc(sheet, counted)),
        ("Classes", f"{content['class_list']['name']} v{content['class_list']['version']}"),
        (
            "Models",
            "; ".join(f"{each['label']} ({each['cells']} cells)" for each in content["models"]) or "none",
        ),
        ("Laboratory", counted["laboratory"]),
        (
            "Classed by",
            f"{_labelled(counted)} cells by a person, {content['accepted']} as suggested and accepted at sign-off",
        ),
    ]
    return [(name, value) for name, value in pairs if value]


def _labelled(counted: Json) -> int:
    return sum(int(row["labelled"]) for row in counted["rows"])


def _scale(fields: list[Json]) -> str:
    known = {(each["um_per_px"], each["scale_source"]) for each in fields if each["um_per_px"] is not None}
    unknown = sum(each["um_per_px"] is None for each in fields)
    words = [
        f"{um_per_px:.4g} \N{MICRO SIGN}m per pixel ({ScaleSource(source).label.lower()})"
        for um_per_px, source in sorted(known)
    ]
    if unknown:
        words.append("unknown" if not known else f"unknown on {unknown} of {len(fields)} fields")
    return "; ".join(words)


def _wbc(sheet: Json, counted: Json) -> str:
    if sheet["wbc"] is None:
        return ""
    entered = f"{sheet['wbc']:g} \N{MULTIPLICATION SIGN} 10\N{SUPERSCRIPT NINE}/L"
    if not sheet["wbc_with_nrbc"]:
        return entered
    return f"{entered} with nucleated red cells, {counted['wbc']['used']:g} without"


def _notes(report: Report, content: Json, about: Json | None) -> list[str]:
    counted, rules = content["differential"], content["rules"]
    notes = [_METHOD]
    if counted["wbc"]["entered"] is not None:
        notes.append("Intervals of absolute counts take the leukocyte count as exact.")
    if counted["leukocytes"] < rules["cells_needed"]:
        notes.append(
            f"Count too small: {counted['leukocytes']} of {rules['cells_needed']} leukocytes; the slide holds no more."
        )
    if counted["note"]:
        notes.append(counted["note"])
    if content["simulated"]:
        notes.append("Simulated slide: drawn by a program, no blood of anybody.")
    if report.supersedes is not None:
        reason = f": {about['reason']}" if about is not None and about["reason"] else ""
        notes.append(f"Amends report {report.supersedes.short_id}{reason}")
    return notes


def day_and_time(text: str | None) -> str:
    """Return a moment that was frozen as text, as people read it."""
    return moment(datetime.fromisoformat(text)) if text else ""


def moment(at: datetime) -> str:
    """Return a moment in the site's time zone, to the minute, with the zone."""
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M %Z")


def interval(row: Json) -> str:
    """Return the interval of a row in words, "" without one."""
    if row["low"] is None:
        return ""
    upper = "\N{INFINITY}" if row["high"] is None else f"{row['high']:.1f}"
    return f"{row['low']:.1f}\N{EN DASH}{upper}"


def share(row: Json) -> str:
    """Return the per cent of a row in words, or its number per 100 leukocytes."""
    if row["percent"] is None:
        return ""
    return f"{row['percent']:.1f} per 100" if row["role"] == "nrbc" else f"{row['percent']:.1f}"


def absolute(row: Json) -> str:
    """Return the absolute count of a row with its interval."""
    found = row["absolute"]
    return "" if found is None else f"{found['value']:.2f} ({found['low']:.2f}\N{EN DASH}{found['high']:.2f})"


def ranges(row: Json) -> str:
    """Return the ranges that a row was judged by."""
    return "; ".join(each["limits"] for each in row["ranges"])


def sources(rows: list[Json]) -> list[str]:
    """Return where the ranges came from, each source once."""
    found = [each["range"]["source"] for row in rows for each in row["ranges"]]
    return list(dict.fromkeys(found))

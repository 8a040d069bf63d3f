"""Model cards as a page shows them: whatever a card holds, in tables of words and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Figures of these names are shares and shown in per cent.
_SHARES = (
    "accuracy",
    "recall",
    "precision",
    "f1",
    "found",
    "iou",
    "rejected",
    "rejection",
    "macro",
    "pooled",
)


@dataclass(frozen=True, slots=True)
class Source:
    """One data set a model was made from."""

    name: str
    licence: str
    citation: str
    use: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: where it was measured, what, and how much, ready to print."""

    source: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class CardView:
    """The parts of a card that people read."""

    created: str
    parameters: int
    sources: tuple[Source, ...]
    measures: tuple[Measure, ...]
    settings: tuple[tuple[str, str], ...]
    recipe: tuple[tuple[str, str], ...]
    thresholds: tuple[tuple[str, str], ...]
    choices: tuple[str, ...]

    @property
    def headline(self) -> tuple[Measure, ...]:
        """Return the first figure of each source: what a list of models has room for."""
        first: dict[str, Measure] = {}
        for measure in self.measures:
            first.setdefault(measure.source, measure)
        return tuple(first.values())


def read(card: Mapping[str, Any]) -> CardView:
    """Return a stored card for a page; parts that a card does not have are empty."""
    return CardView(
        created=str(card.get("created", "")),
        parameters=int(card.get("parameters", 0)),
        sources=tuple(_source(entry) for entry in card.get("data", ())),
        measures=tuple(_measures(card.get("metrics", {}))),
        settings=tuple(_flat({**card.get("config", {}), **card.get("preprocessing", {})})),
        recipe=tuple(_flat(card.get("recipe", {}))),
        thresholds=tuple(_flat(card.get("thresholds", {}))),
        choices=tuple(str(choice) for choice in card.get("choices", ())),
    )


def _source(entry: Mapping[str, Any]) -> Source:
    return Source(
        name=str(entry.get("name", "")),
        licence=str(entry.get("licence", entry.get("license", "not stated"))),
        citation=str(entry.get("citation", "")),
        use=str(entry.get("use", "")),
    )


def _measures(metrics: Mapping[str, Any]) -> list[Measure]:
    """Return the figures of a card, which holds one mapping per source and may nest further."""
    found: list[Measure] = []
    for source, values in metrics.items():
        if isinstance(values, Mapping):
            found.extend(
                Measure(_words(source), name, _figure(name, value)) for name, value in _leaves(values)
            )
        else:
            found.append(Measure("", _words(source), _figure(source, values)))
    return found


def _flat(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, _plain(value)) for name, value in _leaves(values)]


def _leaves(values: Mapping[str, Any], before: str = "") -> list[tuple[str, Any]]:
    """Return nested values as pairs of a readable path and a plain value."""
    leaves: list[tuple[str, Any]] = []
    for name, value in values.items():
        path = f"{before}, {_words(name)}" if before else _words(name)
        if isinstance(value, Mapping):
            leaves.extend(_leaves(value, path))
        else:
            leaves.append((path, value))
    return leaves


def _words(name: str) -> str:
    """Return a key of a card as words."""
    return name.replace("_", " ")


def _figure(name: str, value: Any) -> str:
    """Return a figure as people write it: shares in per cent, counts whole, the rest with three digits."""
    if isinstance(value, float) and 0 <= value <= 1 and any(share in name.lower() for share in _SHARES):
        return f"{100 * value:.1f} %"
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, list | tuple):
        return ", ".join(_plain(item) for item in value)
    return str(value)

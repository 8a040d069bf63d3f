"""What an audit found, as values that are stored with the study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

VERSION = 2
"""Counted up whenever a check is added or changed, so that an older report is told apart. 2: arms of one origin."""

READABLE = (1, VERSION)
"""An older one is still shown; no study is locked with it."""

LEVEL = 0.001
"""Corrected p below which what may differ between cases counts as separating the arms: a leak is far below, and no more
than one blind study in a thousand is blocked by chance."""

TIME_LEVEL = 0.01
"""The same for the time of the answer, which has to differ in two measurements."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing of the first gate: ``values`` how many different ones were seen, ``p`` None where one is demanded."""

    what: str
    words: str
    blocks: bool
    values: int
    p: float | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """One family of the second gate: cross-validated AUC of a trivial classifier, permutation p, p after Holm.

    ``between`` says which arms were held against each other, "" for real against synthetic.
    """

    family: str
    label: str
    auc: float
    p: float
    p_holm: float
    between: str = ""

    @property
    def named(self) -> str:
        """Return the label with the arms."""
        return f"{self.label}, {self.between}" if self.between else self.label


@dataclass(frozen=True, slots=True)
class Overlap:
    """Pictures that look alike: pairs within the study, and cases that another place of the site holds as well."""

    pairs: int = 0
    same_elsewhere: int = 0
    alike_elsewhere: int = 0
    looked_at: int = 0


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Both gates over the pictures with one digest, and who took note of them.

    ``arms`` counts pictures by arm, controls by themselves (in reports of version 1 by origin), ``checked`` the things
    that the first gate compared; ``cautions`` are sentences about what no gate can see; ``acknowledged_by`` is the key
    of a person, 0 for nobody: names stand with the person alone, who may be erased.
    """

    made_at: str
    images: str
    arms: Mapping[str, int]
    findings: tuple[Finding, ...]
    content: tuple[Content, ...]
    overlap: Overlap
    checked: int = 0
    normaliser: Mapping[str, Any] = field(default_factory=dict)
    acknowledged_by: int = 0
    acknowledged_at: str = ""
    why: str = ""
    version: int = VERSION
    cautions: tuple[str, ...] = ()

    @property
    def blocked(self) -> tuple[Finding, ...]:
        """Return what stands in the way of the study."""
        return tuple(one for one in self.findings if one.blocks)

    @property
    def acknowledged(self) -> bool:
        """Return whether somebody took note in writing."""
        return bool(self.acknowledged_at)

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> AuditReport | None:
        """Return a stored report; None where there is none, or one of a version that cannot be read."""
        if stored.get("version") not in READABLE:
            return None
        values = dict(stored)
        values["findings"] = tuple(Finding(**one) for one in stored["findings"])
        values["content"] = tuple(Content(**one) for one in stored["content"])
        values["overlap"] = Overlap(**stored["overlap"])
        values["cautions"] = tuple(stored.get("cautions", ()))
        return cls(**values)

"""Model cards: the JSON beside every weights file that says what it is, made from what, and how good. Torch-free.

A model never travels without its card. Shipped weights lie in ``ml/weights`` as ``<name>-v<version>.safetensors`` with
``<name>-v<version>.json`` beside; the card holds the digest of the weights file, and loading checks it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from ml.errors import WeightsError

WEIGHTS_DIR = Path(__file__).parent / "weights"

Task = Literal["locate", "classify"]


@dataclass(frozen=True, slots=True)
class ClassListRef:
    """Which class list a classifier's outputs mean, with the digest that proves it."""

    name: str
    version: int
    sha256: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """Everything known about one set of weights.

    ``config`` are the architecture's settings, ``preprocessing`` what the loader does to a crop or field,
    ``thresholds`` the operating points, ``data`` one entry per source with licence and citation, ``metrics`` results
    per source, ``choices`` what was chosen where a paper is silent.
    """

    name: str
    version: int
    task: Task
    architecture: str
    config: Mapping[str, Any]
    class_list: ClassListRef | None
    preprocessing: Mapping[str, Any]
    sha256: str
    parameters: int
    created: str
    data: tuple[Mapping[str, Any], ...] = ()
    recipe: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    choices: tuple[str, ...] = ()
    weights_path: Path = Path()

    @property
    def label(self) -> str:
        """Return the name for people, such as "compact v2"."""
        return f"{self.name} v{self.version}"

    def to_json(self) -> str:
        """Return the card as it is written beside the weights, without the path."""
        values = asdict(self)
        del values["weights_path"]
        return json.dumps(values, indent=2, ensure_ascii=False) + "\n"

    def write(self, path: Path) -> None:
        """Write the card beside its weights: ``<weights>.json``, by rename."""
        temporary = path.with_suffix(".json.part")
        temporary.write_text(self.to_json(), encoding="utf-8")
        temporary.replace(path)


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def load_card(path: Path) -> Card:
    """Read the card of a weights file.

    ``path`` is the card or the weights file itself. Raises ``WeightsError`` when the card is missing, is not a card,
    or the weights file beside it is missing.
    """
    card_path = path.with_suffix(".json")
    weights_path = path.with_suffix(".safetensors")
    if not card_path.is_file():
        raise WeightsError(f"The weights “{path.name}” have no card. Put {card_path.name} beside them.")
    if not weights_path.is_file():
        raise WeightsError(f"The card “{card_path.name}” has no weights. Put {weights_path.name} beside it.")
    try:
        values = json.loads(card_path.read_text(encoding="utf-8"))
        reference = values.pop("class_list")
        return Card(
            **{
                **values,
                "class_list": ClassListRef(**{**reference, "names": tuple(reference["names"])})
                if reference
                else None,
                "data": tuple(values.get("data", ())),
                "choices": tuple(values.get("choices", ())),
                "weights_path": weights_path,
            }
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise WeightsError(f"“{card_path.name}” is not a model card of this version: {error}.") from error


def shipped() -> list[Card]:
    """Return the cards of the weights that come with the project, newest version of each name last."""
    return sorted((load_card(p) for p in WEIGHTS_DIR.glob("*-v*.json")), key=lambda c: (c.name, c.version))


def latest(name: str) -> Card:
    """Return the card of the newest shipped weights of that name; raises ``WeightsError`` when there are none."""
    cards = [card for card in shipped() if card.name == name]
    if not cards:
        raise WeightsError(
            f"No weights for “{name}” come with this installation. Train it, or name a weights file."
        )
    return cards[-1]

"""Which weights a command uses: shipped ones by name, or a file."""

from __future__ import annotations

from pathlib import Path

from ml.cards import Card, latest, load_card

DEFAULT_LOCATOR = "locator"
DEFAULT_CLASSIFIER = "compact"


def card_of(name_or_file: str) -> Card:
    """Return the card of shipped weights of that name, or of a weights file; raises ``WeightsError``."""
    path = Path(name_or_file)
    if path.suffix in {".safetensors", ".json"}:
        return load_card(path)
    return latest(name_or_file)

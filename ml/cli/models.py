"""``models``: tell every network and localiser that can be picked by name."""

from __future__ import annotations

import argparse
import json

from ml import registry
from ml.cards import Card, shipped


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "models", help="tell the networks and localisers by name", description=__doc__
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object per name and nothing else")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print one line per name."""
    cards: dict[str, Card] = {card.architecture: card for card in shipped()}
    for entry in registry.entries():
        card = cards.get(entry.name)
        said = {
            "name": entry.name,
            "task": entry.task,
            "parameters": registry.count_parameters(entry),
            "classes": list(card.class_list.names) if card and card.class_list else None,
            "weights": f"{card.name}-v{card.version}" if card else None,
            "source": entry.source,
            "summary": entry.summary,
            "settings": registry.settings_of(entry.name),
        }
        if options.json:
            print(json.dumps(said, ensure_ascii=False))
        else:
            weights = said["weights"] or "no weights"
            print(
                f"{entry.name:<14} {entry.task:<9} {said['parameters']:>11,}  {weights:<14} {entry.summary}"
            )
    return 0

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from ml import registry
from ml.cards import Card, ClassListRef, load_card, shipped
from ml.classify.cell_classifier import check_class_list
from ml.errors import ClassListMismatch, WeightsError
from ml.labels import class_list
from ml.weights import load_weights, save_weights


def make(folder: Path) -> Card:
    five = class_list("five")
    path = folder / "compact-v1.safetensors"
    network = registry.build("compact", classes=5)
    card = Card(
        name="compact",
        version=1,
        task="classify",
        architecture="compact",
        config=registry.settings_of("compact"),
        class_list=ClassListRef(five.name, five.version, five.sha256, five.names),
        preprocessing={},
        sha256=save_weights(network, path, half=False),
        parameters=1,
        created="2026-01-01",
        weights_path=path,
    )
    card.write(path.with_suffix(".json"))
    return card


def test_what_is_saved_comes_back_exactly_with_its_card(tmp_path: Path) -> None:
    card = make(tmp_path)
    loaded = load_card(tmp_path / "compact-v1.safetensors")
    assert loaded == card
    first = load_weights(registry.build("compact", classes=5), loaded)
    second = load_weights(registry.build("compact", classes=5), loaded)
    images = torch.rand(1, 3, 128, 128)
    assert torch.equal(first(images), second(images))


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    card = make(tmp_path)
    with card.weights_path.open("r+b") as stream:
        stream.seek(-1, 2)
        stream.write(b"\x7f")
    with pytest.raises(WeightsError, match="not the ones their card describes"):
        load_weights(registry.build("compact", classes=5), card)


def test_another_shape_is_refused_by_name(tmp_path: Path) -> None:
    card = make(tmp_path)
    with pytest.raises(WeightsError, match=r"head\.\w+ has shape"):
        load_weights(registry.build("compact", classes=8), card)


def test_another_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="lacks"):
        load_weights(registry.build("w-net", classes=5), make(tmp_path))


def test_a_missing_card_and_a_missing_file_are_told(tmp_path: Path) -> None:
    card = make(tmp_path)
    card.weights_path.with_suffix(".json").unlink()
    with pytest.raises(WeightsError, match="have no card"):
        load_card(card.weights_path)
    card.write(card.weights_path.with_suffix(".json"))
    card.weights_path.unlink()
    with pytest.raises(WeightsError, match="has no weights"):
        load_card(card.weights_path)


def test_a_card_that_is_none_is_told(tmp_path: Path) -> None:
    card = make(tmp_path)
    card.weights_path.with_suffix(".json").write_text(json.dumps({"name": "x"}))
    with pytest.raises(WeightsError, match="not a model card"):
        load_card(card.weights_path)


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    card = make(tmp_path)
    torch.save({"a": torch.zeros(1)}, card.weights_path)
    from ml.cards import file_sha256

    with pytest.raises(WeightsError, match="not a safetensors file"):
        load_weights(
            registry.build("compact", classes=5), replace(card, sha256=file_sha256(card.weights_path))
        )


def test_another_class_list_is_an_error_that_names_both(tmp_path: Path) -> None:
    card = make(tmp_path)
    assert card.class_list is not None
    changed = replace(card, class_list=replace(card.class_list, names=("neutrophil", "blast")))
    with pytest.raises(ClassListMismatch, match=r"neutrophil, blast.*installed under that name is “five”"):
        check_class_list(changed)


def test_shipped_weights_are_small_and_have_whole_cards() -> None:
    cards = shipped()
    assert {c.name for c in cards} >= {"locator", "compact"}
    for card in cards:
        assert card.weights_path.stat().st_size < 6_000_000
        assert card.metrics
        assert card.data
        assert all(entry["licence"] and entry["citation"] for entry in card.data)

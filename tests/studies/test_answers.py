"""Keys of a reader's answers: the class list's own where they are free, one for each answer."""

from types import SimpleNamespace
from typing import Any

import pytest

from apps.studies.reading.answers import TAKEN, choices


def listed(**keys: str) -> list[Any]:
    return [SimpleNamespace(name=name, title=name.title(), key=key) for name, key in keys.items()]


def test_classes_keep_their_order_and_their_keys_and_two_ways_out_follow() -> None:
    found = choices(["monocyte", "neutrophil"], listed(neutrophil="1", monocyte="3"))
    assert [(c.name, c.title, c.key) for c in found] == [
        ("monocyte", "Monocyte", "3"),
        ("neutrophil", "Neutrophil", "1"),
        ("other", "Other", "o"),
        ("cannot-tell", "Cannot tell", "x"),
    ]


@pytest.mark.parametrize(
    "keys",
    [
        {"a": "r", "b": "?", "c": "Enter", "d": "o"},
        {"a": "x", "b": "X", "c": "o", "d": "0"},
        dict(zip("abcdefghijkl", "123456789rox", strict=True)),
    ],
)
def test_no_key_means_two_things(keys: dict[str, str]) -> None:
    found = choices(list(keys), listed(**keys))
    used = [choice.key.lower() for choice in found]
    assert len(set(used)) == len(found) == len(keys) + 2
    assert not set(used) & {key.lower() for key in TAKEN}


def test_a_class_that_left_the_list_keeps_its_name_and_gets_a_free_key() -> None:
    found = choices(["blast", "neutrophil"], listed(neutrophil="1"))
    assert [(c.title, c.key) for c in found[:2]] == [("blast", "2"), ("Neutrophil", "1")]

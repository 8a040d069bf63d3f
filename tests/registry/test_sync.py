from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from apps.core.errors import Conflict
from apps.registry.models import ClassList, ModelState, ModelVersion
from apps.registry.sync import sync
from ml import labels
from ml.cards import Card, ClassListRef

pytestmark = pytest.mark.django_db


def card(**values: object) -> Card:
    eight = labels.CLASS_LISTS["eight"]
    base = Card(
        name="probe",
        version=1,
        task="classify",
        architecture="probe",
        config={"width": 8},
        class_list=ClassListRef("eight", eight.version, eight.sha256, eight.names),
        preprocessing={"side": 128},
        sha256="a" * 64,
        parameters=10,
        created="2026-11-20",
        metrics={"pbc": {"accuracy": 0.5}},
        weights_path=Path(settings.BASE_DIR) / "ml" / "weights" / "probe-v1.safetensors",
    )
    return replace(base, **values)


def make_room() -> None:
    """Take the shipped defaults out of use, so that a probe may become one."""
    ModelVersion.objects.update(state=ModelState.RETIRED)


def test_the_shipped_class_lists_are_there_after_migrating():
    assert set(ClassList.objects.values_list("name", "sha256")) == {
        (name, definition.sha256) for name, definition in labels.CLASS_LISTS.items()
    }
    eight = ClassList.objects.get(name="eight")
    assert [c.name for c in eight.classes.all()] == [c.name for c in labels.CLASS_LISTS["eight"].classes]


def test_running_it_again_changes_nothing():
    make_room()
    first = sync(shipped=[card()])
    before = list(ModelVersion.objects.order_by("pk").values())
    again = sync(shipped=[card()])
    assert first.models == ["probe v1"]
    assert (again.class_lists, again.models, again.activated) == ([], [], [])
    assert list(ModelVersion.objects.order_by("pk").values()) == before


def test_a_shipped_model_is_registered_with_its_card_and_put_in_use():
    make_room()
    sync(shipped=[card()])
    row = ModelVersion.objects.get(name="probe")
    assert (row.state, row.shipped, row.project) == (ModelState.ACTIVE, True, None)
    assert row.weights_path == "ml/weights/probe-v1.safetensors"
    assert row.absolute_weights_path == str(settings.BASE_DIR / "ml/weights/probe-v1.safetensors")
    assert row.card["metrics"] == {"pbc": {"accuracy": 0.5}}
    assert "weights_path" not in row.card
    assert row.class_list is not None
    assert row.class_list.name == "eight"


def test_a_newer_shipped_version_takes_the_place_of_the_older():
    make_room()
    sync(shipped=[card(), card(version=2, sha256="b" * 64)])
    states = dict(ModelVersion.objects.filter(name="probe").values_list("version", "state"))
    assert states == {1: ModelState.RETIRED, 2: ModelState.ACTIVE}


def test_an_upgrade_never_replaces_what_a_person_put_in_use():
    make_room()
    sync(shipped=[card()])
    ModelVersion.objects.filter(name="probe").update(shipped=False)
    sync(shipped=[card(version=2, sha256="b" * 64)])
    states = dict(ModelVersion.objects.filter(name="probe").values_list("version", "state"))
    assert states == {1: ModelState.ACTIVE, 2: ModelState.CANDIDATE}


def test_changed_weights_under_an_old_version_are_refused():
    make_room()
    sync(shipped=[card()])
    with pytest.raises(Conflict, match="Give changed weights a new version"):
        sync(shipped=[card(sha256="b" * 64)])


def test_a_changed_class_list_under_an_old_version_is_refused(monkeypatch):
    eight = labels.CLASS_LISTS["eight"]
    changed = replace(eight, classes=(eight.classes[1], eight.classes[0], *eight.classes[2:]))
    monkeypatch.setitem(labels.CLASS_LISTS, "eight", changed)
    with pytest.raises(Conflict, match="Give the changed list a new version"):
        sync(shipped=[])


def test_the_look_of_a_class_may_change_under_the_same_version(monkeypatch):
    five = labels.CLASS_LISTS["five"]
    swapped = (
        replace(five.classes[0], key="2", letter="L"),
        replace(five.classes[1], key="1", letter="N"),
        *five.classes[2:],
    )
    monkeypatch.setitem(labels.CLASS_LISTS, "five", replace(five, classes=swapped))
    sync(shipped=[])
    keys = dict(ClassList.objects.get(name="five").classes.values_list("name", "key"))
    assert (keys["neutrophil"], keys["lymphocyte"]) == ("2", "1")


def test_a_model_for_another_class_list_is_refused():
    stranger = ClassListRef("eight", 1, "f" * 64, ("x",))
    with pytest.raises(Conflict, match="was made for the class list eight v1"):
        sync(shipped=[card(class_list=stranger)])


def test_the_command_says_what_it_did(monkeypatch, capsys):
    make_room()
    monkeypatch.setattr("ml.cards.shipped", lambda: [card()])
    call_command("sync_registry")
    assert "New models: probe v1. Now in use: probe v1." in capsys.readouterr().out
    call_command("sync_registry")
    assert "registered already" in capsys.readouterr().out


def test_the_command_refuses_in_one_sentence(monkeypatch):
    monkeypatch.setattr("ml.cards.shipped", lambda: [card(), card(sha256="c" * 64)])
    with pytest.raises(CommandError, match="Give changed weights a new version"):
        call_command("sync_registry")

"""Pictures that a box left behind are swept; those that a cell names, and young ones, stay."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from apps.accounts.models import Role
from apps.cells import services, sweeping
from apps.cells.models import Cell
from apps.core import disposal, storage
from apps.jobs import schedule
from ml.images import encode_png
from tests.cells.factories import make_field, make_slide
from tests.factories import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def drawn() -> Cell:
    field = make_field(make_slide())
    storage.save_bytes(field.image_key, encode_png(np.zeros((480, 640, 3), np.uint8)))
    actor = member(field.project, Role.REVIEWER)
    return services.add_box(
        actor=actor, slide=field.slide, field=field.public_id, box=(9, 9, 60, 60), to_class=None
    ).cell


def sweep(before) -> int:
    return sum(sweeping.sweep_folder(number, before=before) for number in range(256))


def keys() -> set[str]:
    return set(storage.every_key(sweeping.PREFIX))


def test_what_no_row_names_goes_and_the_rest_stays(drawn):
    left = storage.new_key(sweeping.PREFIX, ".png")
    storage.save_bytes(left, b"left by a process that died")
    later = timezone.now() + timedelta(seconds=5)
    assert sweep(timezone.now() - timedelta(hours=1)) == 0
    assert keys() == {drawn.crop_key, left}
    assert sweep(later) == 1
    assert keys() == {drawn.crop_key}


def test_nothing_goes_while_a_backup_is_made(drawn):
    left = storage.new_key(sweeping.PREFIX, ".png")
    storage.save_bytes(left, b"left")
    with disposal.hold():
        sweep(timezone.now() + timedelta(seconds=5))
        assert left in keys()
    disposal.remove_doomed()
    assert keys() == {drawn.crop_key}


def test_the_schedule_goes_through_every_folder(monkeypatch):
    looked = []
    monkeypatch.setattr(sweeping, "sweep_folder", lambda number, *, before: looked.append(number) or 0)
    begin = timezone.now()
    for turn in range(256):
        monkeypatch.setattr(
            sweeping.timezone, "now", lambda turn=turn: begin + timedelta(seconds=turn * sweeping.EVERY_S)
        )
        sweeping.sweep()
    assert sorted(looked) == list(range(256))
    assert "cells.sweep" in schedule._REGISTERED

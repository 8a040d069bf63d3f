from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from apps.core import storage
from apps.inference import analysers
from apps.registry.models import Task
from apps.slides.models import Field, Slide
from ml.images import encode_png
from tests.cells.factories import make_field, make_slide
from tests.inference.fakes import FakeAnalyser
from tests.registry.factories import in_use


@pytest.fixture
def analyser(db, monkeypatch) -> FakeAnalyser:
    """Put one version of each model in use, which find what the fake is told."""
    in_use(task=Task.LOCATE)
    in_use(task=Task.CLASSIFY)
    fake = FakeAnalyser()
    monkeypatch.setattr(analysers, "warm", lambda _: fake)
    return fake


@pytest.fixture
def stored_field() -> Callable[..., Field]:
    """Return a function that makes a field whose picture is in the store."""

    def make(slide: Slide | None = None, **values: object) -> Field:
        field = make_field(slide or make_slide(), width=160, height=140, **values)
        pixels = np.random.default_rng(field.pk).integers(0, 255, (140, 160, 3), dtype=np.uint8)
        storage.save_bytes(field.image_key, encode_png(pixels))
        return field

    return make

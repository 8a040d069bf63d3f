import json

import pytest

from apps.inference import analysers
from apps.inference.selectors import Versions
from apps.registry.models import Task
from ml.errors import WeightsError
from tests.registry.factories import model_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(tmp_path):
    """Return a function that registers a version whose card lies in a file."""

    def make(task):
        row = model_version(task=task)
        path = tmp_path / f"{row.name}-v{row.version}.safetensors"
        path.write_bytes(b"weights")
        card = {
            "name": row.name,
            "version": row.version,
            "task": task,
            "architecture": row.name,
            "config": {},
            "class_list": None,
            "preprocessing": {},
            "sha256": row.weights_sha256,
            "parameters": 1,
            "created": "2026-11-20",
        }
        path.with_suffix(".json").write_text(json.dumps(card))
        row.weights_path = str(path)
        row.save()
        return row

    return make


@pytest.fixture
def built(monkeypatch):
    made = []

    def build(locator, classifier, device):
        made.append((locator.label, classifier.label, device))
        return object()

    monkeypatch.setattr(analysers, "build", build)
    monkeypatch.setattr(analysers, "_warm", {})
    return made


def test_the_analyser_stays_warm_while_its_weights_are_in_use(version, built, settings):
    settings.WBCWEB_DEVICE = "cpu"
    first = Versions(version(Task.LOCATE), version(Task.CLASSIFY))
    assert analysers.warm(first) is analysers.warm(first)
    assert built == [(first.locator.label, first.classifier.label, "cpu")]
    newer = Versions(first.locator, version(Task.CLASSIFY))
    assert analysers.warm(newer) is not None
    assert len(built) == 2
    assert len(analysers._warm) == 1


def test_weights_that_are_not_the_registered_ones_are_refused(version, built):
    locator = version(Task.LOCATE)
    locator.weights_sha256 = "f" * 64
    with pytest.raises(WeightsError, match="not those that were registered"):
        analysers.warm(Versions(locator, version(Task.CLASSIFY)))
    assert built == []


def test_missing_weights_are_said(built):
    with pytest.raises(WeightsError):
        analysers.warm(Versions(model_version(task=Task.LOCATE), model_version()))

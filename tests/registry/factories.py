"""Class lists and model versions for tests; the shipped class lists are there already."""

from __future__ import annotations

import hashlib
from typing import Any

from apps.registry.models import ClassList, ModelState, ModelVersion, Task

_numbers = iter(range(1, 1_000_000))


def model_version(*, task: Task | str = Task.CLASSIFY, **values: Any) -> ModelVersion:
    """Return a registered version of a model that does not exist as a file; a candidate unless said otherwise."""
    number = next(_numbers)
    name = values.pop("name", f"test-{task}")
    class_list = ClassList.objects.get(name="eight", version=1) if task == Task.CLASSIFY else None
    return ModelVersion.objects.create(
        **{
            "name": name,
            "version": number,
            "task": task,
            "architecture": name,
            "class_list": class_list,
            "weights_sha256": hashlib.sha256(f"{name}{number}".encode()).hexdigest(),
            "weights_path": f"nowhere/{name}-v{number}.safetensors",
            "card": {},
            **values,
        }
    )


def in_use(*, task: Task | str, **values: Any) -> ModelVersion:
    """Return a version that is in use, in the place of whatever was."""
    ModelVersion.objects.active().filter(task=task, project=values.get("project")).update(
        state=ModelState.RETIRED
    )
    return model_version(task=task, state=ModelState.ACTIVE, **values)

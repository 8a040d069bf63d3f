"""Registered models for tests."""

import hashlib

from apps.registry.models import CellClass, ClassList, ModelState, ModelVersion


def classifier(
    name="compact", *, classes=("neutrophil", "lymphocyte"), project=None, state=ModelState.ACTIVE
):
    """A classifier that knows these classes."""
    of = ClassList.objects.create(
        name=f"list-{name}", version=1, title="A list", sha256=hashlib.sha256(name.encode()).hexdigest()
    )
    for at, each in enumerate(classes):
        CellClass.objects.create(
            class_list=of, position=at, name=each, title=each.title(), letter=each[0].upper(), key=str(at),
            colour="#000000", role="leukocyte",
        )  # fmt: skip
    return ModelVersion.objects.create(
        name=name, version=1, task="classify", architecture="tiny", class_list=of, weights_sha256="0" * 64,
        weights_path="none.safetensors", card={}, state=state, project=project,
    )  # fmt: skip

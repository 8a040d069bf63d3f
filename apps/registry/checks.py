"""The registry's part of the self-check: a model is in use for each task, and its weights are what was registered."""

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from apps.core.checks import Area, Check
from apps.registry.models import ModelVersion, Task

MODELS = Area("Models")


def active_models() -> Iterator[Check]:
    """Look for the model in use of each task, and read its weights."""
    versions = list(ModelVersion.objects.active().select_related("project").order_by("pk"))
    for task in Task:
        name = str(task.label)
        if not any(version.task == task and version.project is None for version in versions):
            yield MODELS.fail(
                name,
                "No model is in use for the site.",
                "Run “manage.py sync_registry”, which registers the models that come with the software.",
            )
    for version in versions:
        yield _weights(version)


def _weights(version: ModelVersion) -> Check:
    name = str(Task(version.task).label)
    place = f"{version.label}, in use for {version.project.name if version.project else 'the site'}"
    path = Path(version.absolute_weights_path)
    try:
        found = path.stat()
        digest = _digest(path, found.st_mtime_ns, found.st_size)
    except OSError as error:
        return MODELS.fail(
            name,
            f"{place}: its weights cannot be read here ({error.strerror}).",
            "Put the file back from a backup or from the software, or put another version in use.",
        )
    if digest != version.weights_sha256:
        return MODELS.fail(
            name,
            f"{place}: its weights are not those that were registered (checksum {digest[:12]}, "
            f"registered {version.weights_sha256[:12]}).",
            "Put the file back from a backup or from the software; until then no slide is analysed with it.",
        )
    return MODELS.ok(name, f"{place}; its weights are those that were registered.")


@lru_cache(maxsize=32)
def _digest(path: Path, _changed: int, _size: int) -> str:
    """Return a file's SHA-256; read again only when the file has changed."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

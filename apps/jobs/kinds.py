"""Kinds of work: rooms above register what they can do and point at the function that does it."""

import dataclasses
from dataclasses import dataclass
from typing import Any

DEFAULT = "default"
GPU_SHORT = "gpu-short"
GPU_LONG = "gpu-long"
QUEUES = (DEFAULT, GPU_SHORT, GPU_LONG)
# Work of these queues runs in the worker's own process, where a model stays warm; the rest in a child of its own.
SHORT_QUEUES = (DEFAULT, GPU_SHORT)


@dataclass(frozen=True, slots=True)
class JobKind:
    """One kind of work.

    Args:
        name: How rows and programs call it; never changes once used.
        handler: Dotted path of the function ``(JobContext, params) -> callable or None``. A string, because it may
            import torch and only a worker may do that.
        params: Frozen dataclass of the parameters.
        queue: ``default``, ``gpu-short`` or ``gpu-long``; the last runs in a child process of its own.
        max_attempts: How often it may crash, lose its lease or fail without getting ahead.
        wall_clock_s: Seconds one attempt may take.
        no_progress_s: Seconds one attempt may go without reporting progress.
        label: How people call it.
        unit: What is counted, in the plural ("fields"); used for the rate.
        named_files: For handlers with intermediate effects: dotted path of ``(job_pk, prefix) -> keys``, the stored
            files below the prefix that rows point at. What an attempt that ended badly leaves beside them is swept;
            without this function it keeps all its files.
        disk_mb: How much room a job may take on the disk, in MB; without it none is begun.
    """

    name: str
    handler: str
    params: type[Any]
    queue: str = DEFAULT
    max_attempts: int = 3
    wall_clock_s: float = 3600.0
    no_progress_s: float = 600.0
    label: str = ""
    unit: str = "steps"
    named_files: str = ""
    disk_mb: int = 0

    def __post_init__(self) -> None:
        if self.queue not in QUEUES:
            raise ValueError(f"{self.name}: there is no queue {self.queue!r}.")
        if not dataclasses.is_dataclass(self.params):
            raise TypeError(f"{self.name}: the parameters must be a dataclass.")
        if self.max_attempts < 1 or self.wall_clock_s <= 0 or self.no_progress_s <= 0:
            raise ValueError(f"{self.name}: the limits must be above zero.")

    @property
    def title(self) -> str:
        """Return the name for people."""
        return self.label or self.name.replace("-", " ").capitalize()


_KINDS: dict[str, JobKind] = {}


def register(kind: JobKind) -> JobKind:
    """Add a kind; called when Django starts.

    Raises:
        ValueError: when the name is taken.
    """
    if kind.name in _KINDS:
        raise ValueError(f"The kind of job {kind.name!r} is registered twice.")
    _KINDS[kind.name] = kind
    return kind


def unregister(name: str) -> None:
    """Take a kind out again; for tests that bring their own."""
    del _KINDS[name]


def get(name: str) -> JobKind:
    """Return a kind.

    Raises:
        LookupError: when this process does not know it.
    """
    try:
        return _KINDS[name]
    except KeyError:
        raise LookupError(
            f"There is no kind of job {name!r}; known: {', '.join(sorted(_KINDS)) or 'none'}."
        ) from None


def names() -> tuple[str, ...]:
    """Return the names of all kinds that this process can run."""
    return tuple(_KINDS)


def all_kinds() -> tuple[JobKind, ...]:
    """Return all kinds."""
    return tuple(_KINDS.values())

"""Checkpoints of a training run: complete or absent, verified on load, the newest two kept.

A checkpoint is ``step-<n>.safetensors`` (all tensors: model, average, optimiser) with ``step-<n>.json`` (plain values
and the digest of the tensors). Nothing is ever unpickled.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from ml.cards import file_sha256
from ml.errors import CheckpointError

KEEP = 2


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of a run after ``step`` steps."""

    step: int
    tensors: dict[str, torch.Tensor]
    values: dict[str, Any]


def save(folder: Path, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint by temporary name, fsync and rename, then drop all but the newest two."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"step-{checkpoint.step:08d}.safetensors"
    part = path.with_suffix(".part")
    save_file({k: v.detach().cpu().contiguous() for k, v in checkpoint.tensors.items()}, part)
    _sync(part)
    digest = file_sha256(part)
    part.replace(path)
    note = path.with_suffix(".json")
    note_part = note.with_suffix(".json.part")
    note_part.write_text(json.dumps({"step": checkpoint.step, "sha256": digest, "values": checkpoint.values}))
    _sync(note_part)
    note_part.replace(note)
    _sync(folder)
    for old in sorted(folder.glob("step-*.json"))[:-KEEP]:
        old.unlink()
        old.with_suffix(".safetensors").unlink(missing_ok=True)
    return path


def newest(folder: Path) -> Checkpoint | None:
    """Return the newest checkpoint that verifies; damaged ones are passed over. ``None`` when there is none."""
    for note in sorted(folder.glob("step-*.json"), reverse=True):
        try:
            return _load(note)
        except CheckpointError:
            continue
    return None


def _load(note: Path) -> Checkpoint:
    path = note.with_suffix(".safetensors")
    try:
        told = json.loads(note.read_text())
        if file_sha256(path) != told["sha256"]:
            raise CheckpointError(
                f"The checkpoint {path.name} is damaged: its digest is not what was written."
            )
        return Checkpoint(told["step"], load_file(path), told["values"])
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise CheckpointError(f"The checkpoint {path.name} cannot be read: {error}") from error


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

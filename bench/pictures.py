"""The fields that are measured: a folder of files, or simulated ones."""

from __future__ import annotations

from pathlib import Path

from ml.simulator import simulate_field, to_png

_SUFFIXES = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp"}
File = tuple[str, bytes]


def load(folder: Path | None, count: int) -> list[File]:
    """Return up to `count` files as (name, bytes), sorted by name; simulated ones without a folder."""
    if folder is None:
        return [(f"simulated-{seed:04d}.png", to_png(simulate_field(seed))) for seed in range(count)]
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)[:count]
    if not paths:
        raise SystemExit(f"There are no pictures in {folder}.")
    return [(path.name, path.read_bytes()) for path in paths]


def words(folder: Path | None, files: list[File]) -> str:
    """Return how the fields are named in the report; no machine's paths."""
    kind = "simulated, 640 x 480, PNG" if folder is None else f"files of {folder.resolve().name}"
    return f"{len(files)} ({kind}), {sum(len(data) for _, data in files) / 1e6:.0f} MB"

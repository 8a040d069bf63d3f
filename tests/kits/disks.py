"""A disk of a few megabytes that a test may fill to the last byte."""

import contextlib
import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

MEBI = 1024 * 1024


@dataclass
class SmallDisk:
    """A file system of its own at ``folder``."""

    folder: Path

    @property
    def free(self) -> int:
        """Return how many bytes are free."""
        return shutil.disk_usage(self.folder).free

    def fill(self, *, leave: int = 0) -> None:
        """Write a file until so many bytes are left, or none at all."""
        with (self.folder / "ballast").open("ab", buffering=0) as ballast:
            for piece in (MEBI, 4096, 1):
                with contextlib.suppress(_Full):
                    while self.free - piece >= leave:
                        _write(ballast.fileno(), piece)

    def empty(self) -> None:
        """Remove what ``fill`` wrote."""
        (self.folder / "ballast").unlink(missing_ok=True)


class _Full(Exception):  # noqa: N818 - an answer, no fault
    pass


def _write(descriptor: int, size: int) -> None:
    try:
        if os.write(descriptor, b"\0" * size) < size:
            raise _Full
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise _Full from error


@contextlib.contextmanager
def small_disk(folder: Path, *, megabytes: int) -> Iterator[SmallDisk]:
    """Mount a file system in memory while the block runs; skip the test where this account may not."""
    folder.mkdir(parents=True)
    options = ["-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "tmpfs", str(folder)]
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if mount is None or umount is None:
        pytest.skip("there are no programs to mount a file system with")
    done = subprocess.run([mount, *options], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(
            f"no file system can be mounted here ({done.stderr.strip()}); the refusals have tests of their own"
        )
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run([umount, "--lazy", str(folder)], check=True)

"""What the machine of a worker has: its device, and the versions of what computes on it."""

import contextlib
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Final

from django.conf import settings

# Named where results could differ between two machines that do not have the same.
LIBRARIES: Final = (
    "django",
    "celery",
    "numpy",
    "pillow",
    "opencv-python-headless",
    "torch",
    "torchvision",
)
# Something that torch might compute on: the files of NVIDIA's and AMD's drivers.
_DRIVERS = ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")
_PROBE_S = 120.0


def versions() -> dict[str, str]:
    """Return the versions of this software, of Python and of the libraries that are installed; imports none."""
    found = {"wbcweb": str(settings.WBCWEB_VERSION), "python": platform.python_version()}
    for name in LIBRARIES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def processor() -> str:
    """Return how the processor is called and how many cores this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    name = platform.processor() or platform.machine()
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip()
                break
    return f"cpu: {name}, {cores} core{'' if cores == 1 else 's'}"


def may_accelerate() -> bool:
    """Return whether this machine could have more than a processor; cheap, and wrong only by being hopeful."""
    return sys.platform == "darwin" or any(Path(driver).exists() for driver in _DRIVERS)


class Device:
    """The device that handlers of this process would use.

    Only torch can tell, and it takes seconds and hundreds of megabytes to load. So it is asked in a process of its
    own, which ends at once, and only on a machine that may have something to tell of.
    """

    def __init__(self) -> None:
        self.name = ""  # empty while it is not known
        self.problem = ""
        self._output: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        configured = str(settings.WBCWEB_DEVICE)
        if configured == "cpu" or (configured == "auto" and not may_accelerate()):
            self.name = processor()
        else:
            self._ask(configured)

    def _ask(self, configured: str) -> None:
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the answer is read
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ml", "device", "--json", "--device", configured],
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )

    def look(self) -> None:
        """Take the answer if it has come; call it now and then."""
        if self._process is None or self._output is None or self._process.poll() is None:
            return
        with self._output:
            self._output.seek(0)
            words = self._output.read().decode("utf-8", errors="replace").strip()
        code = self._process.returncode
        self._process = self._output = None
        try:
            said = json.loads(words.splitlines()[-1]) if code == 0 else None
        except (ValueError, IndexError):
            said = None
        if said is None:
            self.problem = (words.splitlines() or [f"The question ended with status {code}."])[-1][:300]
        else:
            self.name = self._in_words(said)

    @staticmethod
    def _in_words(said: dict[str, object]) -> str:
        if said["device"] == "cpu":
            return processor()
        parts = [str(said.get("name") or "")]
        if said.get("memory_gib"):
            parts.append(f"{said['memory_gib']} GiB")
        if said.get("cuda"):
            parts.append(f"CUDA {said['cuda']}")
        about = ", ".join(part for part in parts if part)
        return f"{said['device']}: {about}"[:200] if about else str(said["device"])

"""Run ``python -m ml train`` below the worker's long lane, exactly as a person would start it."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import threading
from typing import Any

from apps.jobs.context import JobContext
from bench.load.training.apps import TrainParams

# Far more than any measurement lasts; `fit` ends in order when it is asked to.
STEPS = 1_000_000
_STEP = re.compile(rb"step (\d+) of")


def train(context: JobContext, params: TrainParams) -> None:
    """Train until the job is cancelled; a step a second or so is told on as progress."""
    command = [
        *(sys.executable, "-m", "ml", "train", "compact", "--data", params.data, "--out", params.out),
        *("--steps", str(STEPS), "--device", "cpu", "--threads", "1"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    told: dict[str, int] = {"done": 0}
    reader = threading.Thread(target=_read, args=(process.stderr, told), daemon=True)
    reader.start()
    try:
        while process.poll() is None and not context.cancelled():
            context.progress(done=told["done"], total=STEPS, stage="training")
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1.0)
        if process.poll() not in {None, 0}:
            raise RuntimeError(f"The training ended with status {process.returncode}.")
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _read(stream: Any, told: dict[str, int]) -> None:
    """Keep the newest step that the training printed."""
    for line in stream:
        if found := _STEP.search(line):
            told["done"] = int(found[1])

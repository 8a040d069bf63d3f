"""The one training loop: it knows steps, time, checkpoints and cancelling, and nothing of what is trained.

A task makes the batch of a step and says its named losses. Everything random is drawn from (seed, step), so a run that
was stopped and resumed gives the same weights as one that ran straight through (exactly, on CPU).
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from ml.contracts import CancelToken, NeverCancelled, Progress, ProgressSink, ignore_progress
from ml.errors import Cancelled, CheckpointError, TrainingDiverged
from ml.training import checkpoint as checkpoints
from ml.training.average import WeightAverage


class Task(Protocol):
    """What is trained: a model, batches by step, losses of a batch, figures of a model."""

    model: nn.Module

    def batch(self, step: int) -> Any:
        """Return the batch of a step, the same every time; runs in a thread beside the training."""
        ...

    def losses(self, batch: Any) -> Mapping[str, Tensor]:
        """Return the named losses of a batch; their sum is minimised."""
        ...

    def evaluate(self, model: nn.Module) -> Mapping[str, float]:
        """Return figures of a model on the validation part."""
        ...


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """How a run is driven; ``steps`` are optimiser steps, times are minutes."""

    steps: int
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    warmup_steps: int = 200
    average_decay: float = 0.998
    clip_norm: float = 5.0
    checkpoint_minutes: float = 2.0
    evaluate_every: int = 500
    max_minutes: float = math.inf
    seed: int = 0
    bfloat16: bool = False


@dataclass(frozen=True, slots=True)
class FitResult:
    """How a run ended; ``finished`` is false when the time was up first (run again to go on)."""

    steps: int
    finished: bool
    minutes: float
    history: tuple[Mapping[str, float], ...]


def fit(
    task: Task,
    settings: LoopSettings,
    folder: Path,
    *,
    progress: ProgressSink = ignore_progress,
    cancel: CancelToken | None = None,
) -> FitResult:
    """Train from the newest checkpoint in ``folder``, or from the start when there is none.

    At the end the task's model holds the averaged weights. Raises ``Cancelled`` (after a last checkpoint),
    ``TrainingDiverged``, and ``CheckpointError`` when the folder holds a run with other settings.
    """
    return _Run(task, settings, folder, progress, cancel or NeverCancelled()).go()


class _Run:
    """One call of ``fit``."""

    def __init__(
        self, task: Task, settings: LoopSettings, folder: Path, progress: ProgressSink, cancel: CancelToken
    ) -> None:
        self.task, self.settings, self.folder = task, settings, folder
        self.progress, self.cancel = progress, cancel
        decayed = [p for p in task.model.parameters() if p.ndim > 1]
        plain = [p for p in task.model.parameters() if p.ndim <= 1]
        self.optimiser = torch.optim.AdamW(
            [
                {"params": decayed, "weight_decay": settings.weight_decay},
                {"params": plain, "weight_decay": 0.0},
            ],
            lr=settings.learning_rate,
        )
        self.average = WeightAverage(task.model, settings.average_decay)
        self.step = 0
        self.minutes_before = 0.0
        self.history: list[Mapping[str, float]] = []
        self.device_type = next(task.model.parameters()).device.type

    def go(self) -> FitResult:
        """Run the steps that are left."""
        self._resume()
        self.started = self.saved_at = time.monotonic()
        with ThreadPoolExecutor(1) as loader:
            following = loader.submit(self.task.batch, self.step)
            while self.step < self.settings.steps:
                if self.cancel.cancelled():
                    self._save()
                    raise Cancelled
                if self._minutes() >= self.settings.max_minutes:
                    self._save()
                    following.cancel()
                    return self._result(finished=False)
                batch = following.result()
                if self.step + 1 < self.settings.steps:
                    following = loader.submit(self.task.batch, self.step + 1)
                losses = self._train_step(batch)
                self._after_step(losses)
        self._save()
        self.average.copy_to(self.task.model)
        return self._result(finished=True)

    def _train_step(self, batch: Any) -> dict[str, float]:
        torch.manual_seed(self.settings.seed * 1_000_003 + self.step)
        for group in self.optimiser.param_groups:
            group["lr"] = self._learning_rate()
        self.task.model.train()
        with torch.autocast(self.device_type, torch.bfloat16, enabled=self.settings.bfloat16):
            losses = self.task.losses(batch)
        total = torch.stack(list(losses.values())).sum()
        if not torch.isfinite(total):
            raise TrainingDiverged(
                f"The loss is no longer a number at step {self.step}. Lower the learning rate and start again."
            )
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(self.task.model.parameters(), self.settings.clip_norm)
        self.optimiser.step()
        self.average.update(self.task.model, self.step)
        return {name: float(value.detach()) for name, value in losses.items()}

    def _after_step(self, losses: dict[str, float]) -> None:
        self.step += 1
        if self.step % self.settings.evaluate_every == 0 or self.step == self.settings.steps:
            with self.average.applied(self.task.model), torch.inference_mode():
                self.task.model.eval()
                figures = dict(self.task.evaluate(self.task.model))
            self.history.append({"step": self.step, **losses, **figures})
            self._tell({**losses, **figures}, "validation")
        elif self.step % 10 == 0:
            self._tell(losses, "training")
        if time.monotonic() - self.saved_at > self.settings.checkpoint_minutes * 60:
            self._save()

    def _learning_rate(self) -> float:
        """Return the rate of this step: linear warm-up, then half a cosine down to 1 %."""
        settings = self.settings
        warm = min(1.0, (self.step + 1) / max(1, settings.warmup_steps))
        phase = self.step / max(1, settings.steps)
        return settings.learning_rate * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * phase)))

    def _tell(self, metrics: Mapping[str, float], stage: str) -> None:
        self.progress(Progress(self.step, self.settings.steps, stage, "", metrics))

    def _minutes(self) -> float:
        return self.minutes_before + (time.monotonic() - self.started) / 60

    def _result(self, *, finished: bool) -> FitResult:
        return FitResult(self.step, finished, self._minutes(), tuple(self.history))

    def _fingerprint(self) -> dict[str, Any]:
        """Return the settings that must agree between the parts of one run."""
        keep = asdict(self.settings)
        for name in ("max_minutes", "checkpoint_minutes", "evaluate_every"):
            del keep[name]
        return keep

    def _save(self) -> None:
        tensors = {f"model.{k}": v for k, v in self.task.model.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.state.items()}
        for index, state in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{index}.{k}": torch.as_tensor(v) for k, v in state.items()}
        values = {"settings": self._fingerprint(), "minutes": self._minutes(), "history": self.history}
        checkpoints.save(self.folder, checkpoints.Checkpoint(self.step, tensors, values))
        self.saved_at = time.monotonic()

    def _resume(self) -> None:
        found = checkpoints.newest(self.folder)
        self.started = time.monotonic()
        if found is None:
            return
        if found.values["settings"] != self._fingerprint():
            raise CheckpointError(
                f"The folder {self.folder.name} holds a run with other settings. Choose another folder, or empty it."
            )
        parts: dict[str, dict[str, Tensor]] = {"model": {}, "average": {}, "optimiser": {}}
        for name, tensor in found.tensors.items():
            head, _, tail = name.partition(".")
            parts[head][tail] = tensor
        self.task.model.load_state_dict(parts["model"])
        self.average.state = {k: v.to(self.average.state[k].device) for k, v in parts["average"].items()}
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in parts["optimiser"].items():
            index, _, key = name.partition(".")
            state.setdefault(int(index), {})[key] = tensor
        groups = self.optimiser.state_dict()["param_groups"]
        self.optimiser.load_state_dict({"state": state, "param_groups": groups})
        self.step = found.step
        self.minutes_before = found.values["minutes"]
        self.history = list(found.values["history"])

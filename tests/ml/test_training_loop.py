from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from ml.contracts import Progress
from ml.errors import Cancelled, CheckpointError, TrainingDiverged
from ml.training import checkpoint as checkpoints
from ml.training.loop import LoopSettings, fit

SETTINGS = LoopSettings(steps=12, warmup_steps=2, evaluate_every=4, checkpoint_minutes=1e9)


class Lines:
    """A small task with dropout, so that everything random must be drawn anew on resume."""

    def __init__(self) -> None:
        torch.manual_seed(7)
        self.model: nn.Module = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 1))

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        generator = torch.Generator().manual_seed(step)
        x = torch.rand(16, 4, generator=generator)
        return x, x.sum(1, keepdim=True)

    def losses(self, batch: tuple[Tensor, Tensor]) -> Mapping[str, Tensor]:
        x, y = batch
        return {"square": (self.model(x) - y).square().mean()}

    def evaluate(self, model: nn.Module) -> Mapping[str, float]:
        assert not model.training
        return {"error": float((model(torch.ones(1, 4)) - 4).abs())}


class StopAfter:
    def __init__(self, polls: int) -> None:
        self.polls = polls

    def cancelled(self) -> bool:
        self.polls -= 1
        return self.polls < 0


def weights(task: Lines) -> list[Tensor]:
    return [v.clone() for v in task.model.state_dict().values()]


def test_a_run_stopped_and_resumed_equals_a_straight_one_exactly(tmp_path: Path) -> None:
    straight = Lines()
    fit(straight, SETTINGS, tmp_path / "straight")
    with pytest.raises(Cancelled):
        fit(Lines(), SETTINGS, tmp_path / "parts", cancel=StopAfter(5))
    resumed = Lines()
    result = fit(resumed, SETTINGS, tmp_path / "parts")
    assert result.finished
    assert all(torch.equal(a, b) for a, b in zip(weights(straight), weights(resumed), strict=True))


def test_time_that_is_up_leaves_a_run_to_go_on_with(tmp_path: Path) -> None:
    result = fit(Lines(), replace(SETTINGS, max_minutes=0), tmp_path)
    assert (result.finished, result.steps) == (False, 0)
    assert fit(Lines(), SETTINGS, tmp_path).finished


def test_progress_and_history_are_told(tmp_path: Path) -> None:
    told: list[Progress] = []
    result = fit(Lines(), SETTINGS, tmp_path, progress=told.append)
    assert [h["step"] for h in result.history] == [4, 8, 12]
    assert told[-1].done == told[-1].total == 12
    assert "error" in told[-1].metrics


def test_other_settings_do_not_go_on_with_a_run(tmp_path: Path) -> None:
    fit(Lines(), SETTINGS, tmp_path)
    with pytest.raises(CheckpointError, match="other settings"):
        fit(Lines(), replace(SETTINGS, learning_rate=1.0), tmp_path)


def test_a_loss_that_is_no_number_ends_the_run_with_advice(tmp_path: Path) -> None:
    task = Lines()
    with torch.no_grad():
        next(task.model.parameters()).fill_(float("nan"))
    with pytest.raises(TrainingDiverged, match="learning rate"):
        fit(task, SETTINGS, tmp_path)


def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(tmp_path: Path) -> None:
    for step in (1, 2, 3):
        checkpoints.save(tmp_path, checkpoints.Checkpoint(step, {"a": torch.full((2,), float(step))}, {}))
    assert len(list(tmp_path.glob("*.safetensors"))) == checkpoints.KEEP
    (tmp_path / "step-00000003.safetensors").write_bytes(b"cut short")
    found = checkpoints.newest(tmp_path)
    assert found is not None
    assert found.step == 2
    assert found.tensors["a"].tolist() == [2, 2]

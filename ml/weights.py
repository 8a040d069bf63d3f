"""Save and load weights: safetensors with a card beside; loading never unpickles and checks everything first."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from ml.cards import Card, file_sha256
from ml.errors import WeightsError


def save_weights(model: nn.Module, path: Path, *, half: bool = True) -> str:
    """Write a model's state to ``path`` by rename and return its SHA-256; floats as 16 bits when ``half``."""
    state = {}
    for name, value in model.state_dict().items():
        stored = value.detach().cpu()
        state[name] = (stored.half() if half and stored.is_floating_point() else stored).contiguous()
    part = path.with_suffix(".part")
    save_file(state, part)
    part.chmod(0o644)  # safetensors makes files that only their owner reads
    part.replace(path)
    return file_sha256(path)


def load_weights(model: nn.Module, card: Card) -> nn.Module:
    """Load the weights of a card into a model of its architecture and return it, in evaluation mode.

    Raises ``WeightsError`` when the digest is not the card's, or names or shapes are not the model's.
    """
    path = card.weights_path
    try:
        digest = file_sha256(path)
    except OSError as error:
        raise WeightsError(f"The weights {path.name} cannot be read: {error.strerror}.") from error
    if digest != card.sha256:
        raise WeightsError(
            f"The weights {path.name} are not the ones their card describes (digest {digest[:12]}, card says "
            f"{card.sha256[:12]}). Restore the file, or the card that belongs to it."
        )
    try:
        state = load_file(path)
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path.name} is not a safetensors file: {error}.") from error
    expected = model.state_dict()
    if missing := expected.keys() - state.keys():
        raise WeightsError(
            f"{path.name} lacks {len(missing)} tensors of {card.architecture}, such as {min(missing)}."
        )
    if extra := state.keys() - expected.keys():
        raise WeightsError(
            f"{path.name} has {len(extra)} tensors that {card.architecture} lacks, such as {min(extra)}."
        )
    for name, value in state.items():
        if value.shape != expected[name].shape:
            raise WeightsError(
                f"{path.name}: {name} has shape {tuple(value.shape)}, {card.architecture} needs "
                f"{tuple(expected[name].shape)}."
            )
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise WeightsError(f"{path.name}: {name} holds values that are not numbers.")
    model.load_state_dict({name: value.to(expected[name].dtype) for name, value in state.items()})
    return model.eval()

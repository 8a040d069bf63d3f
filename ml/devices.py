"""Choose a compute device by name; nothing touches an accelerator at import."""

from __future__ import annotations

import re

import torch

from ml.errors import DeviceError


def resolve(name: str = "auto") -> torch.device:
    """Return the device of that name: ``cpu``, ``cuda``, ``cuda:N``, ``mps`` or ``auto`` (the best there is).

    Raises ``DeviceError`` when the name is unknown or the machine has no such device.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    if name == "cpu":
        return torch.device("cpu")
    if name == "mps":
        if not torch.backends.mps.is_available():
            raise DeviceError("This machine has no Apple GPU. Use the device cpu or auto.")
        return torch.device("mps")
    match = re.fullmatch(r"cuda(?::(\d+))?", name)
    if not match:
        raise DeviceError(f"There is no device “{name}”. Use cpu, cuda, cuda:N, mps or auto.")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    index = int(match[1] or 0)
    if index >= count:
        found = f"has {count} CUDA device(s)" if count else "has no usable CUDA device"
        raise DeviceError(f"The device “{name}” does not exist: this machine {found}. Use cpu or auto.")
    return torch.device("cuda", index)

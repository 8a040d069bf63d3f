"""``device``: tell which device a name means on this machine, or why it cannot be used."""

from __future__ import annotations

import argparse
import json


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser("device", help="tell which device would compute", description=__doc__)
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:N, mps or auto (default)")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the device's name, and for a CUDA device what it is, its memory and the version of CUDA."""
    import torch

    from ml.devices import resolve

    device = resolve(options.device)
    said: dict[str, object] = {"device": str(device)}
    if device.type == "cuda":
        about = torch.cuda.get_device_properties(device)
        said |= {
            "name": about.name,
            "memory_gib": round(about.total_memory / 2**30, 1),
            "cuda": torch.version.cuda,
        }
    if options.json:
        print(json.dumps(said))
    else:
        print(", ".join(str(value) for value in said.values()))
    return 0

"""Every network and localiser by its public name. Torch-free: what is named is imported only when it is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from ml.errors import ConfigError, UnknownName
from ml.models.configs import CompactConfig, LocatorConfig, NoConfig, WNetConfig

if TYPE_CHECKING:
    from torch import nn

Task = Literal["locate", "classify"]

COUNTED_CLASSES = 5
"""Parameters of a classifier are told for this many classes, as the papers do."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing a user can pick by name.

    ``factory`` is ``module:attribute``; a trainable one is called with (classes, config) for classifiers and (config)
    for localisers, others with nothing and give an object with ``locate(pixels)``.
    """

    name: str
    task: Task
    factory: str
    source: str
    summary: str
    config: Any = field(default_factory=NoConfig)
    trainable: bool = True
    choices: tuple[str, ...] = ()


_ENTRIES: dict[str, Entry] = {}


def register(entry: Entry) -> None:
    """Add an entry; raises ``ValueError`` when the name is taken."""
    if entry.name in _ENTRIES:
        raise ValueError(f"The name {entry.name} is registered twice.")
    _ENTRIES[entry.name] = entry


def entries(task: Task | None = None) -> list[Entry]:
    """Return all entries, or those of one task, by name."""
    return sorted((e for e in _ENTRIES.values() if task in (None, e.task)), key=lambda e: e.name)


def entry(name: str) -> Entry:
    """Return the entry of that name; raises ``UnknownName`` with the names that exist."""
    try:
        return _ENTRIES[name]
    except KeyError:
        raise UnknownName(
            f"There is no “{name}”. There are: {', '.join(e.name for e in entries())}."
        ) from None


def configure(name: str, settings: Mapping[str, Any] | None = None) -> Any:
    """Return the settings of a network with some changed; raises ``ConfigError`` for an unknown or wrong one."""
    default = entry(name).config
    known = {f.name: getattr(default, f.name) for f in fields(default)}
    changes: dict[str, Any] = {}
    for key, value in (settings or {}).items():
        if key not in known:
            choices = ", ".join(known) or "none"
            raise ConfigError(f"“{name}” has no setting “{key}”. It has: {choices}.")
        changes[key] = _like(known[key], value)
        if type(changes[key]) is not type(known[key]):
            raise ConfigError(
                f"The setting “{key}” of “{name}” is {value!r}; it must be like {known[key]!r}."
            )
    return replace(default, **changes)


def _like(wanted: object, value: object) -> object:
    """Return a value as it comes from JSON in the type of the default, where that loses nothing."""
    if isinstance(wanted, tuple) and isinstance(value, list):
        return tuple(value)
    if isinstance(wanted, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def build(name: str, *, classes: int | None = None, settings: Mapping[str, Any] | None = None) -> nn.Module:
    """Return a network with fresh weights; classifiers need ``classes``.

    Raises ``UnknownName`` and ``ConfigError``.
    """
    found = entry(name)
    if not found.trainable:
        raise ConfigError(f"“{name}” has no weights and nothing to train.")
    config = configure(name, settings)
    if found.task == "locate":
        return load_factory(found)(config)
    if classes is None or classes < 2:
        raise ConfigError(f"“{name}” is a classifier: name a class list with at least two classes.")
    return load_factory(found)(classes, config)


def load_factory(found: Entry) -> Any:
    """Import what an entry names."""
    module, _, attribute = found.factory.partition(":")
    return getattr(import_module(module), attribute)


def settings_of(name: str) -> dict[str, Any]:
    """Return the default settings of an entry as plain values, as JSON has them."""
    return {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(entry(name).config).items()}


def count_parameters(found: Entry) -> int:
    """Return the number of trainable parameters (classifiers at five classes); 0 for methods without any."""
    if not found.trainable:
        return 0
    import torch

    with torch.device("meta"):
        network = build(found.name, classes=COUNTED_CLASSES if found.task == "classify" else None)
    return sum(p.numel() for p in network.parameters())


register(
    Entry(
        "locator",
        "locate",
        "ml.models.locator:Locator",
        "ours",
        "Small anchor-free detector: every white cell on a field, red cells and platelets beside.",
        LocatorConfig(),
    )
)
register(
    Entry(
        "colour-roi",
        "locate",
        "ml.localise.colour_roi:ColourRoi",
        "YOUSSEF",
        "Largest region in a fixed HSV range: one box a field, as published.",
        trainable=False,
    )
)
register(
    Entry(
        "colour-nuclei",
        "locate",
        "ml.localise.colour_nuclei:ColourNuclei",
        "ours",
        "Every nucleus by its stain, grown to the cell; nothing to train.",
        trainable=False,
    )
)
register(
    Entry(
        "compact",
        "classify",
        "ml.models.compact:Compact",
        "ours",
        "Small residual network with group normalisation; the shipped default.",
        CompactConfig(),
    )
)
register(
    Entry(
        "w-net",
        "classify",
        "ml.models.w_net:WNet",
        "JUNG22",
        "Three convolution blocks and two dense layers, 16.8 million parameters.",
        WNetConfig(),
        choices=(
            "“Dropout p = 0.6” is read as the share kept (TensorFlow 1): 0.4 is dropped.",
            "Normalisation is not specified: pixels as [0, 1].",
        ),
    )
)

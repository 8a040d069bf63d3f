"""docker-compose.yml as a container engine would read it: merged, filled in from the environment."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
SHARE = ROOT / "deploy" / "share.yml"

# The compose specification, "Interpolation": $$ is a dollar sign, a name may have a default or a demand.
_NAME = re.compile(r"\$(?:(?P<dollar>\$)|(?P<bare>[A-Za-z_]\w*)|\{)")


class Demanded(Exception):  # noqa: N818 - a variable that must be set is not
    """A variable without which the file cannot be used; its text is the sentence of the file."""


def load(file: Path = FILE) -> dict[str, Any]:
    """Return a file with its anchors merged and nothing filled in."""
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def filled(values: Mapping[str, str], file: Path = FILE) -> dict[str, Any]:
    """Return a file with variables filled in.

    Raises:
        Demanded: when one that must be set is not.
    """
    return _each(load(file), lambda text: fill(text, values))


def services(values: Mapping[str, str], *profiles: str) -> dict[str, dict[str, Any]]:
    """Return the services that would run with some profiles."""
    every = filled(values)["services"]
    return {
        name: service
        for name, service in every.items()
        if not service.get("profiles") or set(service["profiles"]) & set(profiles)
    }


def variables() -> dict[str, list[str]]:
    """Return the variables that the files name, and what follows each name in its braces."""
    found: dict[str, list[str]] = {}

    def note(text: str) -> str:
        for name, rest in re.findall(r"(?<!\$)\$\{(\w+)([^}]*)", text):
            found.setdefault(name, []).append(rest)
        return text

    for file in (FILE, SHARE):
        _each(load(file), note)
    return found


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return a text with variables filled in."""
    out, at = [], 0
    while (match := _NAME.search(text, at)) is not None:
        out.append(text[at : match.start()])
        at = match.end()
        if match["dollar"]:
            out.append("$")
        elif match["bare"]:
            out.append(values.get(match["bare"], ""))
        else:
            end = _closing(text, at)
            out.append(_value(text[at:end], values))
            at = end + 1
    return "".join([*out, text[at:]])


def _closing(text: str, at: int) -> int:
    depth = 1
    while depth:
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
    return at - 1


def _value(inside: str, values: Mapping[str, str]) -> str:
    match = re.fullmatch(r"(\w+)(?:(:?[-?+])(.*))?", inside, re.DOTALL)
    assert match is not None, f"not an expression of the specification: {inside}"
    name, operator, rest = match.groups()
    value = values.get(name)
    given = bool(value) if operator and operator.startswith(":") else value is not None
    if operator and operator.endswith("?") and not given:
        raise Demanded(fill(rest, values))
    if operator and operator.endswith("+"):
        return fill(rest, values) if given else ""
    if operator and operator.endswith("-") and not given:
        return fill(rest, values)
    return value or ""


def _each(node: Any, change: Callable[[str], str]) -> Any:
    if isinstance(node, dict):
        return {key: _each(value, change) for key, value in node.items()}
    if isinstance(node, list):
        return [_each(value, change) for value in node]
    return change(node) if isinstance(node, str) else node

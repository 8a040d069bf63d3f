"""What the Dockerfile would put into /app: its COPY lines applied to what .dockerignore lets through."""

import fnmatch
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from tests.deploy.compose import ROOT


@dataclass
class Stage:
    """One stage: the image or stage it begins with, and its instructions in order."""

    name: str
    base: str
    lines: list[tuple[str, str]] = field(default_factory=list)

    def of(self, instruction: str) -> list[str]:
        """Return the arguments of every such instruction."""
        return [rest for word, rest in self.lines if word == instruction]


def stages() -> dict[str, Stage]:
    """Return the stages of the Dockerfile by name, default arguments filled in."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    arguments: dict[str, str] = {}
    found: dict[str, Stage] = {}
    stage: Stage | None = None
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        word, _, rest = line.partition(" ")
        if word == "ARG" and stage is None:
            name, _, value = rest.partition("=")
            arguments[name] = value
        elif word == "FROM":
            base, _, name = rest.partition(" AS ")
            base = re.sub(r"\$\{(\w+)\}", lambda match: arguments[match[1]], base)
            stage = found[name] = Stage(name, base)
        else:
            assert stage is not None
            stage.lines.append((word, rest))
    return found


def sent_files() -> set[str]:
    """Return the files that are sent to the builder, as names below the repository."""
    rules = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    found = set()
    for folder, inner, files in os.walk(ROOT):
        # Large, and left out by the first rule.
        inner[:] = [name for name in inner if name not in {".git", ".venv", "var", "runs", "node_modules"}]
        below = Path(folder).relative_to(ROOT)
        found |= {name for file in files if not _left_out(name := (below / file).as_posix(), rules)}
    return found


def _left_out(name: str, rules: list[str]) -> bool:
    """Apply the rules as Docker does: the last one that fits the file or a folder above it decides."""
    above = [name, *(str(parent) for parent in Path(name).parents if str(parent) != ".")]
    out = False
    for rule in rules:
        pattern = rule.lstrip("!").rstrip("/")
        if any(_fits(part, pattern) for part in above):
            out = not rule.startswith("!")
    return out


def _fits(name: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return any(_fits("/".join(name.split("/")[at:]), pattern[3:]) for at in range(name.count("/") + 1))
    return name.count("/") == pattern.count("/") and fnmatch.fnmatchcase(name, pattern)


def assemble(target: Path) -> None:
    """Fill a folder as the stage "site" fills /app; the browser's scripts are those that were built here."""
    sent = sent_files()
    for rest in stages()["site"].of("COPY"):
        *sources, place = [word for word in rest.split() if not word.startswith("--")]
        if rest.startswith("--from=frontend"):
            # Made here as well, before the tests run.
            shutil.copytree(ROOT / "static" / "build", target / place, dirs_exist_ok=True)
            continue
        for source in sources:
            names = [name for name in sent if name == source or name.startswith(source.rstrip("/") + "/")]
            assert names, f"COPY {source}: nothing of it is sent to the builder"
            for name in names:
                inside = name.removeprefix(source) if source.endswith("/") else Path(name).name
                copy = target / place / inside
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, copy)

"""The README keeps its word: its links lead somewhere and its table names every setting."""

from __future__ import annotations

import re
import stat
import subprocess
from pathlib import Path

import pytest

from wbcweb.env import _Reader, read

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["README.md", "docs/api.md", "docs/architecture.md", "CHANGELOG.md"])
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target]
    assert [target for target in targets if not ((ROOT / page).parent / target).exists()] == []


def test_the_table_names_every_setting_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    known: set[str] = set()
    monkeypatch.setattr(_Reader, "refuse_unknown", lambda self: known.update(self.known))
    read({})
    table = {
        name
        for line in README.splitlines()
        if line.startswith("| `WBCWEB_")
        for name in re.findall(r"WBCWEB_\w+", line)
    }
    assert table == known


def test_every_command_of_the_readme_is_one_of_the_makefile() -> None:
    targets = set(re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0].split())
    assert set(re.findall(r"\bmake ([a-z]+)\b", README)) <= targets | {"it"}


def test_the_script_of_the_continuous_integration_is_sound() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & stat.S_IXUSR
    assert subprocess.run(["/bin/bash", "-n", str(script)], check=False).returncode == 0
    assert "exec make test" in script.read_text()

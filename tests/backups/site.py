"""A whole site in a folder of its own, to be copied, destroyed and brought back."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.kits.processes import own_environment

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass
class KeptSite:
    """A place for a site; ``ask`` lets a process of its own act on it."""

    folder: Path
    database_url: str | None = None
    more: dict[str, str] = field(default_factory=dict)
    _helper: subprocess.Popen[str] | None = None

    @property
    def env(self) -> dict[str, str]:
        """Return the environment of its processes."""
        ours = {
            "DJANGO_SETTINGS_MODULE": "tests.inference.site_settings",
            "WBCWEB_DATA_DIR": str(self.folder),
            "PYTHONPATH": str(ROOT),
            **({"WBCWEB_DATABASE_URL": self.database_url} if self.database_url else {}),
        }
        return own_environment(**ours, **self.more)

    @property
    def backups(self) -> Path:
        """Return where its backups go."""
        return self.folder.parent / "backups"

    def ask(self, act: str, **what: Any) -> Any:
        """Let the helper do something; return its answer."""
        helper = self._started()
        assert helper.stdin is not None
        assert helper.stdout is not None
        helper.stdin.write(json.dumps({"act": act, **what}) + "\n")
        helper.stdin.flush()
        answer = helper.stdout.readline()
        assert answer, self.words()
        return json.loads(answer)

    def command(self, name: str, *args: object, slow: float = 0.0) -> str:
        """Run a management command that is to succeed; return what it says."""
        answer = self.ask("command", name=name, args=[str(arg) for arg in args], slow=slow)
        assert answer["refused"] == "", answer
        return str(answer["said"])

    def refused(self, name: str, *args: object) -> str:
        """Run a management command that is to refuse; return its sentence."""
        answer = self.ask("command", name=name, args=[str(arg) for arg in args])
        assert answer["refused"], answer
        return str(answer["refused"])

    def back_up(self, *args: object, slow: float = 0.0) -> Path:
        """Make a backup; return its folder."""
        said = self.command("backup", "--to", self.backups, *args, slow=slow)
        return Path(
            next(line for line in said.splitlines() if ": " in line and " rows, " in line).split(": ")[0]
        )

    def words(self) -> str:
        """Return the end of what its processes said."""
        log = self.folder.parent / f"{self.folder.name}.log"
        return log.read_text(errors="replace")[-6000:] if log.exists() else ""

    def close(self) -> None:
        """End the helper."""
        if self._helper is not None:
            self._helper.communicate()
            self._helper = None

    def kill(self) -> None:
        """End the helper at once."""
        if self._helper is not None:
            self._helper.kill()
            self._helper.communicate()
            self._helper = None

    def _started(self) -> subprocess.Popen[str]:
        if self._helper is None:
            with (self.folder.parent / f"{self.folder.name}.log").open("ab") as log:
                self._helper = subprocess.Popen(
                    [sys.executable, "-m", "tests.backups.tool"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=self.env,
                    cwd=ROOT,
                    text=True,
                )
        return self._helper

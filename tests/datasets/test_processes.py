"""A real worker that is killed in the middle of an import: the next one does the rest, and nothing is there twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.jobs.site import ROOT, Site
from tests.kits.processes import wait_for

pytestmark = [pytest.mark.processes, pytest.mark.slow]
PICTURES = 40


class WholeSite(Site):
    """All rooms, and an analyser that needs no weights."""

    @property
    def env(self) -> dict[str, str]:
        return {**super().env, "DJANGO_SETTINGS_MODULE": "tests.inference.site_settings"}

    def run(self, *args: str) -> str:
        done = subprocess.run(
            [sys.executable, *args], env=self.env, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    def rows(self, table: str) -> int:
        return int(self.query(f"SELECT count(*) FROM {table}")[0][0])


def test_an_import_survives_the_end_of_its_worker(tmp_path: Path) -> None:
    site = WholeSite(tmp_path / "site")
    site.folder.mkdir(parents=True)
    site.run("manage.py", "migrate", "-v", "0")
    job = str(json.loads(site.run("-m", "tests.datasets.tool", "begin", "--count", str(PICTURES))))
    with site.worker() as first:
        wait_for(lambda: site.rows("slides_field") >= 3, seconds=60, because=site.words)
        first.kill()
        first.wait()
    stored = site.rows("slides_field")
    assert 3 <= stored < PICTURES, "the kill came too late to mean anything"
    assert site.rows("cells_cell") == 2 * stored
    with site.worker():
        assert site.until(job, "succeeded", "failed", seconds=120) == "succeeded"
    site.run("-m", "tests.datasets.tool", "sweep")
    assert (site.rows("slides_field"), site.rows("cells_cell")) == (PICTURES, 2 * PICTURES)
    assert site.rows("cells_labelevent") == 2 * PICTURES
    counts = json.loads(site.query("SELECT counts FROM datasets_import")[0][0])
    assert (counts["stored"], counts["cells"], counts["duplicate"]) == (PICTURES, 2 * PICTURES, 0)
    media = site.folder / "media"
    # What was half written when the worker ended is swept after a day.
    files = [path for path in media.rglob("*.*") if path.is_file() and path.suffix != ".part"]
    there = {path.relative_to(media).as_posix() for path in files}
    named = {key for (key,) in site.query("SELECT crop_key FROM cells_cell")}
    for keys in site.query("SELECT image_key, thumbnail_key FROM slides_field"):
        named.update(keys)
    assert there == named

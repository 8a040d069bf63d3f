"""Real workers and people on real databases: nothing is analysed twice, and two people never both win."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jobs.site import ROOT, Site
from tests.kits.postgres import private_postgres
from tests.kits.processes import wait_for

pytestmark = [pytest.mark.processes, pytest.mark.slow]

FIELDS = 6
UPLOADED = 60  # storing them takes longer than a worker needs to begin with the first
PEOPLE = 4


class WholeSite(Site):
    """All rooms, and an analyser that needs no weights."""

    @property
    def env(self) -> dict[str, str]:
        return {**super().env, "DJANGO_SETTINGS_MODULE": "tests.inference.site_settings"}

    def prepare(self) -> "WholeSite":
        self.folder.mkdir(parents=True, exist_ok=True)
        self.python("manage.py", "migrate", "-v", "0")
        return self

    def python(self, *args: str) -> str:
        done = subprocess.run(
            [sys.executable, *args], env=self.env, cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout

    def act(self, *args: str) -> object:
        return json.loads(self.python("-m", "tests.inference.tool", *args))

    def rows(self, table: str) -> int:
        return int(self.query(f"SELECT count(*) FROM {table}")[0][0])

    def done(self, job: str) -> int:
        return int(self.column(job, "progress_done") or 0)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WholeSite]:
    if request.param == "sqlite":
        yield WholeSite(tmp_path / "site").prepare()
        return
    with private_postgres() as server:
        yield WholeSite(tmp_path / "site", database_url=server.url()).prepare()


def test_a_killed_analysis_keeps_what_is_done_and_the_next_attempt_does_the_rest_once(
    site: WholeSite,
) -> None:
    made = site.act("prepare", "--count", str(FIELDS))
    job = str(site.act("analyse", "--slide", made["slide"]))
    with site.worker() as first:
        wait_for(lambda: site.done(job) >= 2, seconds=60, because=site.words)
        first.kill()
        first.wait()
    assert site.state(job) == "running"
    done = site.rows("inference_fieldanalysis")
    assert 2 <= done < FIELDS, "the kill came too late to mean anything"
    assert site.rows("cells_cell") == site.rows("cells_suggestion") == 2 * done
    # As it would be if the kill had come between the crops and the rows.
    begun = site.media(job, 1) / "ab" / f"{'0' * 32}.png"
    begun.parent.mkdir(exist_ok=True)
    begun.write_bytes(b"begun")
    with site.worker():
        assert site.until(job, "succeeded", "failed", seconds=60) == "succeeded"
    assert site.act("sweep") == 1
    assert (site.rows("cells_cell"), site.rows("cells_suggestion")) == (2 * FIELDS, 2 * FIELDS)
    assert site.rows("inference_fieldanalysis") == FIELDS
    keys = {key for (key,) in site.query("SELECT crop_key FROM cells_cell")}
    assert len(keys) == 2 * FIELDS
    media = site.folder / "media"
    assert keys == {path.relative_to(media).as_posix() for path in (media / "jobs").rglob("*.png")}


def test_an_upload_is_analysed_while_it_is_stored_and_by_one_job(site: WholeSite) -> None:
    """Also while another upload keeps the lane of uploads busy: an analysis waits for no storing."""
    made = site.act("prepare", "--count", "2")
    uploads = site.act("upload", "--slide", made["slide"], "--count", str(UPLOADED))
    with site.worker():
        wait_for(lambda: site.rows("inference_fieldanalysis") >= 1, seconds=60, because=site.words)
        waiting = "SELECT count(*) FROM slides_uploadfile WHERE state = 'waiting'"
        assert site.query(waiting)[0][0] > 0, "cells came only after the upload"
        for job in uploads:
            assert site.until(job, "succeeded", "failed", seconds=120) == "succeeded"
        wait_for(
            lambda: site.query("SELECT count(*) FROM jobs_job WHERE state <> 'succeeded'")[0][0] == 0,
            seconds=60,
            because=site.words,
        )
    fields = site.rows("slides_field")
    assert fields == 2 + UPLOADED
    assert site.query("SELECT count(DISTINCT field_id), count(*) FROM inference_fieldanalysis") == [
        (fields, fields)
    ]
    assert site.rows("cells_cell") == 2 * fields
    analyses = site.query("SELECT attempt FROM jobs_job WHERE kind = 'analyse'")
    assert len(analyses) <= 2, analyses


def test_of_several_people_at_the_same_moment_one_wins_each_cell(site: WholeSite) -> None:
    made = site.act("prepare", "--count", str(FIELDS), "--people", str(PEOPLE))
    job = str(site.act("analyse", "--slide", made["slide"]))
    with site.worker():
        site.until(job, "succeeded", seconds=60)
    at = time.time() + 6
    command = [
        sys.executable,
        "-m",
        "tests.inference.tool",
        "label",
        "--slide",
        made["slide"],
        "--at",
        str(at),
    ]
    people = [
        subprocess.Popen(
            [*command, "--person", str(person)],
            env=site.env,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for person in made["people"]
    ]
    answers = []
    for person in people:
        out, problems = person.communicate(timeout=60)
        assert person.returncode == 0, problems[-3000:]
        answers.append(json.loads(out))
    for outcomes in zip(*answers, strict=True):
        assert sorted(outcomes) == ["applied", *["conflict at 2"] * (PEOPLE - 1)]
    assert site.rows("cells_labelevent") == 2 * FIELDS
    assert {row[0] for row in site.query("SELECT version FROM cells_cell")} == {2}

"""`manage.py bootstrap` in real processes on an empty data folder: what `make run` does before it serves."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from apps.home.demo import FIELDS, simulated_fields
from ml.simulator import WHITE_CELL_CLASSES
from tests.kits.processes import own_environment

ROOT = Path(__file__).resolve().parents[2]


def bootstrap(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "bootstrap", *arguments],
        cwd=ROOT,
        env=own_environment(WBCWEB_DATA_DIR=str(folder), **environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "db.sqlite3") as database:
        found = database.execute(query).fetchall()
    database.close()
    return found


@pytest.mark.slow
@pytest.mark.processes
def test_an_empty_folder_becomes_a_site_with_a_demonstration_and_twice_is_harmless(tmp_path: Path) -> None:
    first = bootstrap(tmp_path)
    assert first.returncode == 0, first.stderr
    assert re.search(
        r"First administrator: admin@localhost\nPassword: +[a-z0-9]{5}(-[a-z0-9]{5}){3}\n", first.stdout
    )

    again = bootstrap(tmp_path)
    assert again.returncode == 0, again.stderr
    assert "Password" not in again.stdout
    assert "Making" not in again.stdout

    assert rows(tmp_path, "SELECT count(*) FROM accounts_user") == [(1,)]
    assert rows(tmp_path, "SELECT is_demo FROM accounts_project") == [(1,)]
    assert rows(tmp_path, "SELECT role FROM accounts_membership") == [("manager",)]
    assert rows(tmp_path, "SELECT title, simulated FROM slides_slide") == [("Simulated smear", 1)]
    scales = rows(tmp_path, "SELECT um_per_px, scale_source FROM slides_field")
    assert len(scales) == len(FIELDS)
    assert {(round(float(str(scale)), 4), source) for scale, source in scales} == {(0.085, "file")}
    models = rows(tmp_path, "SELECT task FROM registry_modelversion WHERE state = 'active'")
    analysed = rows(tmp_path, "SELECT count(*) FROM inference_fieldanalysis")
    # With shipped weights every field is analysed before anybody looks.
    assert analysed == [(len(FIELDS) if len(models) == 2 else 0,)]


@pytest.mark.slow
@pytest.mark.processes
def test_the_demonstration_can_be_left_out_and_nonsense_gets_one_sentence(tmp_path: Path) -> None:
    weak = bootstrap(tmp_path, "--no-demo", WBCWEB_ADMIN_PASSWORD="short")
    assert weak.returncode == 1
    assert weak.stderr.startswith("CommandError: WBCWEB_ADMIN_PASSWORD is too weak: ")
    assert "Traceback" not in weak.stderr
    fine = bootstrap(tmp_path, "--no-demo", WBCWEB_ADMIN_PASSWORD="a-long-enough-secret-7")
    assert fine.returncode == 0, fine.stderr
    assert "a-long-enough-secret-7" not in fine.stdout + fine.stderr
    assert rows(tmp_path, "SELECT count(*) FROM accounts_project") == [(0,)]
    assert json.loads(str(rows(tmp_path, "SELECT json_group_array(email) FROM accounts_user")[0][0])) == [
        "admin@localhost"
    ]


def test_the_demonstration_shows_every_class_on_fields_that_look_like_one_slide() -> None:
    fields = list(simulated_fields())
    shown = [o.class_name for field in fields for o in field.objects if o.kind == "white-cell"]
    assert sorted(map(str, shown)) == sorted(name for names in FIELDS for name in names)
    assert set(shown) == set(WHITE_CELL_CLASSES)
    assert len({field.um_per_px for field in fields}) == 1


@pytest.mark.slow
@pytest.mark.processes
def test_data_of_an_older_version_are_copied_before_and_those_of_a_newer_one_left_alone(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    subprocess.run(
        [sys.executable, "-m", "tests.backups.first_version"],
        cwd=ROOT,
        env=own_environment(WBCWEB_DATA_DIR=str(data), DJANGO_SETTINGS_MODULE="wbcweb.settings"),
        check=True,
        capture_output=True,
    )
    people = rows(data, "SELECT count(*) FROM accounts_user")
    (data / "media").mkdir(exist_ok=True)
    in_the_way = data / "backups"
    in_the_way.write_text("a file where the folder should be")
    refused = bootstrap(data, "--no-demo", "--backup-first")
    assert refused.returncode == 1
    assert "No backup was made." in refused.stderr
    assert "The tables were not changed." in refused.stderr
    assert rows(data, "SELECT count(*) FROM sqlite_master WHERE name = 'core_erasure'") == [(0,)]
    in_the_way.unlink()

    done = bootstrap(data, "--no-demo", "--backup-first")
    assert done.returncode == 0, done.stderr
    assert "making a backup before their tables are changed" in done.stdout
    assert rows(data, "SELECT count(*) FROM sqlite_master WHERE name = 'core_erasure'") == [(1,)]
    (copy,) = [path for path in (data / "backups").iterdir() if path.is_dir()]
    with sqlite3.connect(copy / "database.sqlite3") as kept:
        assert kept.execute("SELECT count(*) FROM sqlite_master WHERE name = 'core_erasure'").fetchall() == [
            (0,)
        ]
        assert kept.execute("SELECT count(*) FROM accounts_user").fetchall() == people
    kept.close()
    assert "backup" not in bootstrap(data, "--no-demo", "--backup-first").stdout

    with sqlite3.connect(data / "db.sqlite3") as database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('cells', '9999_later', '2030-01-01')"
        )
    database.close()
    newer = bootstrap(data, "--no-demo", "--backup-first")
    assert newer.returncode == 1
    assert "a newer version of wbcweb (its tables know cells.9999_later)" in newer.stderr

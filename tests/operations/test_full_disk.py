"""A site on a disk that is filled to the last byte, with real processes, and the same site once there is room again."""

from pathlib import Path

import pytest

from tests.kits.disks import SmallDisk, small_disk
from tests.kits.images import encoded, picture
from tests.kits.processes import wait_for
from tests.operations.reviewer import Reviewer
from tests.operations.site import Site

pytestmark = [pytest.mark.processes, pytest.mark.slow]


def stored(site: Site) -> set[str]:
    media = site.folder / "media"
    return {path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file()}


def named(site: Site) -> set[str]:
    keys = site.query("SELECT image_key, thumbnail_key FROM slides_field")
    waiting = site.query("SELECT temp_key, '' FROM slides_uploadfile WHERE temp_key <> ''")
    return {key for row in [*keys, *waiting] for key in row if key}


def states(site: Site) -> list[str]:
    return [row[0] for row in site.query("SELECT state FROM jobs_job ORDER BY id")]


@pytest.fixture
def disk(tmp_path: Path):
    with small_disk(tmp_path / "disk", megabytes=32) as made:
        yield made


def test_a_full_disk_refuses_in_a_sentence_keeps_nothing_half_and_needs_no_restart(
    disk: SmallDisk, prepared_site: Site, tmp_path: Path
) -> None:
    site = prepared_site.copy_to(disk.folder / "data", tmp_path / "log", MIN_FREE_MB="0")
    anna = Reviewer(site)
    with site.served(workers=2) as server:
        first, second = (anna.begin().json()["id"] for _ in range(2))
        for upload, seed in ((first, 1), (second, 2)):
            assert anna.send(upload, encoded(picture(seed=seed))).status == 201
        with site.worker():
            assert anna.complete(first).status == 202
            wait_for(lambda: states(site) == ["succeeded"], seconds=60, because=site.words)
        # A job waits; nobody works on it before the disk is full.
        assert anna.complete(second).status == 202
        # Sessions that are to be noted as seen again, for which there will be no room.
        site.query("UPDATE accounts_session SET last_seen_at = datetime('now', '-5 minutes')")
        disk.fill()

        with site.worker() as worker:
            assert anna.get("/").status == 200
            assert anna.get(f"/projects/{anna.project}/").status == 200
            assert site.ask("/live").status == 200
            assert site.ask("/ready").json()["storage"] == "down"

            answer = anna.send(first, b"x" * 200_000)
            assert (answer.status, answer.json()["error"]["code"]) == (503, "disk-full")

            # The journal has a little room of its own; what it takes is kept, what it does not take is refused.
            before = site.query("SELECT count(*) FROM slides_upload")[0][0]
            accepted, refused = 0, []
            for _ in range(300):
                answer = anna.begin()
                if answer.status == 201:
                    accepted += 1
                else:
                    refused.append(answer)
                if len(refused) == 10:
                    break
            assert refused, "the disk was not full"
            assert {answer.status for answer in refused} == {503}
            assert {answer.json()["error"]["code"] for answer in refused} == {"disk-full"}
            assert "disk is full, so this was not saved" in refused[0].json()["error"]["message"]
            assert site.query("SELECT count(*) FROM slides_upload")[0][0] == before + accepted
            assert states(site)[0] == "succeeded"
            assert states(site)[1] in {"queued", "running"}

            disk.empty()
            wait_for(lambda: states(site) == ["succeeded", "succeeded"], seconds=90, because=site.words)
            assert worker.poll() is None
            assert server.poll() is None
            assert anna.begin().status == 201
            wait_for(lambda: site.ask("/ready").status == 200, seconds=20, because=site.words)
    assert stored(site) == named(site)
    assert site.query("PRAGMA integrity_check") == [("ok",)]


def test_the_guard_keeps_the_reserve_for_the_database(
    disk: SmallDisk, prepared_site: Site, tmp_path: Path
) -> None:
    site = prepared_site.copy_to(disk.folder / "data", tmp_path / "log", MIN_FREE_MB="8")
    anna = Reviewer(site)
    with site.served():
        upload = anna.begin().json()["id"]
        disk.fill(leave=9 * 1024 * 1024)
        answer = anna.send(upload, b"x" * 3 * 1024 * 1024)
        assert (answer.status, answer.json()["error"]["code"]) == (503, "disk-full")
        assert (
            "of which 8.0 MB are kept free, and this needs about 3.0 MB" in answer.json()["error"]["message"]
        )
        disk.fill(leave=7 * 1024 * 1024)
        assert site.ask("/ready").json() | {"disk": "low", "status": "degraded"} == site.ask("/ready").json()
        assert anna.begin().json()["error"]["code"] == "disk-full"
        disk.empty()
        assert anna.begin().status == 201
    assert stored(site) == named(site)

"""A few hundred of the hostile files of `make hostile`, through the decoding child and through the whole ingest."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from apps.core import storage
from apps.slides.models import FileState, Upload
from ml.errors import ImageError
from ml.images import DecodedImage, DecoderChild, DecoderStopped, decode, encode_png, pixel_sha256
from tests.hostile import lines, verdict
from tests.hostile.campaign import Tally, cases_of, of_hypothesis
from tests.hostile.cases import FAMILIES, case
from tests.hostile.good import MAKERS, good
from tests.hostile.strategies import hostile_files
from tests.hostile.target import peak_mib
from tests.slides.conftest import begin, ingest, only_our_hooks, project, reviewer

__all__ = ["begin", "ingest", "only_our_hooks", "project", "reviewer"]  # fixtures
FILES = 300


@pytest.fixture(scope="module")
def child() -> Iterator[DecoderChild]:
    made = DecoderChild()
    yield made
    made.close()


def test_the_same_number_gives_the_same_file() -> None:
    assert [case(number) for number in range(40)] == [case(number) for number in range(40)]
    assert case(3).data != case(3, seed=1).data
    assert of_hypothesis(5, 8) == of_hypothesis(5, 8)


def test_every_family_has_its_share() -> None:
    counts = Counter(case(number).family for number in range(600))
    shares = {name: round(100 * counts[name] / 600) for name in FAMILIES}
    wrong = {name: share for name, share in shares.items() if abs(share - FAMILIES[name][0]) > 8}
    assert wrong == {}
    assert sum(share for share, _ in FAMILIES.values()) == 100


@pytest.mark.parametrize("name", MAKERS)
def test_the_files_to_start_from_are_good(name: str) -> None:
    if name in {"png animated", "tiff pages"}:
        with pytest.raises(ImageError):
            decode(good(name))
    else:
        assert decode(good(name)).pixels.shape[2] == 3


def test_hostile_files_are_read_or_refused_within_the_memory_they_may_have(
    child: DecoderChild, tmp_path: Path
) -> None:
    path = tmp_path / "received"
    wrong, read = [], 0
    for number in range(FILES):
        one = case(number)
        path.write_bytes(one.data)
        try:
            image = child.decode(path, name=one.filename)
        except DecoderStopped as problem:
            wrong.append(f"{number} ({one.family}): {problem.message}")
        except ImageError as refused:
            if not refused.message.endswith(".") or "made its decoder stop" in refused.message:
                wrong.append(f"{number} ({one.family}): {refused.message}")
        else:
            read += 1
            if not _comes_back(image):
                wrong.append(f"{number} ({one.family}): what was read does not come back")
    assert wrong == []
    assert 20 < read < FILES / 2
    assert child.pid is not None
    assert peak_mib(child.pid) <= 512


def _comes_back(image: DecodedImage) -> bool:
    again = decode(encode_png(image.pixels))
    return pixel_sha256(again.pixels) == pixel_sha256(image.pixels)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(data=hostile_files())
def test_whatever_hypothesis_finds_is_read_or_refused(data: bytes) -> None:
    try:
        image = decode(data)
    except ImageError as refused:
        assert refused.message.endswith(".")  # noqa: PT017 - being read is as good
    else:
        assert _comes_back(image)


def test_what_ingest_keeps_of_hostile_files_decodes_and_says_nothing_else(
    ingest: Callable[..., Upload],
) -> None:
    files = [(one.filename, one.data) for one in cases_of(7)]
    upload = ingest(*files)
    problems = []
    for file in upload.files.select_related("field"):
        if file.state == FileState.STORED:
            field = file.field
            size = (field.width, field.height)
            with storage.local_copy(field.image_key) as path:
                problems += verdict.stored_picture(path, digest=field.pixel_sha256, size=size)
            with storage.local_copy(field.thumbnail_key) as path:
                problems += verdict.stored_thumbnail(path)
        elif file.state == FileState.FAILED and not file.message.endswith("."):
            problems.append(f"{file.position}: {file.message!r}")
        elif file.state == FileState.WAITING:
            problems.append(f"{file.position} still waits")
    assert problems == []
    states = Counter(upload.files.values_list("state", flat=True))
    assert states[FileState.STORED] > 3
    assert states[FileState.FAILED] > 30


@pytest.mark.parametrize("told", [told for told, *_ in lines.bodies(random.Random(0))])
def test_a_request_that_lies_about_its_parts_is_answered(told, begin, reviewer, client) -> None:
    upload = begin()
    client.force_login(reviewer)
    _, kind, body, headers = next(row for row in lines.bodies(random.Random(0)) if row[0] == told)
    answer = client.generic(
        "POST", f"/api/v1/uploads/{upload.public_id}/files/", body, kind.decode(), headers=headers
    )
    assert answer.status_code in {201, 400, 413, 415, 422}


def test_a_judge_sees_what_is_wrong(tmp_path: Path) -> None:
    """A check that never fails proves nothing."""
    path = tmp_path / "x"
    image = decode(good("png"))
    digest, size = pixel_sha256(image.pixels), (image.width, image.height)
    path.write_bytes(encode_png(image.pixels))
    assert verdict.stored_picture(path, digest=digest, size=size) == []
    assert verdict.stored_picture(path, digest="0", size=size) != []
    assert verdict.stored_picture(path, digest=digest, size=(1, 1)) != []
    for bad in (good("png with everything"), good("jpeg"), encode_png(image.pixels)[:-40], b""):
        path.write_bytes(bad)
        assert verdict.stored_picture(path, digest=digest, size=size) != []
    for bad in (good("jpeg"), good("jpeg with everything"), b"", good("jpeg")[:200]):
        path.write_bytes(bad)
        assert verdict.stored_thumbnail(path) != []


def test_a_campaign_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "campaign.json"
    tally = Tally.load(path)
    tally.batches, tally.problems = 3, ["x"]
    tally.sent["bombs"] += 4
    tally.save(path)
    assert (Tally.load(path).batches, Tally.load(path).uploads, Tally.load(path).problems) == (3, 4, ["x"])

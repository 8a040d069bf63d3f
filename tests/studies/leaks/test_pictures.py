"""No byte around a picture tells its origin: channels 5 to 18, 24 and 29, and both gates of the audit."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from apps.cells.importing import ImportedCell, write_imported
from apps.cells.models import Cell
from apps.core import storage
from apps.core.errors import Conflict, InvalidInput
from apps.datasets.models import CropDigest
from apps.studies import audit, images, services
from apps.studies.audit import content
from apps.studies.audit.cautions import TRAINING
from apps.studies.audit.differ import differ, timing_p
from apps.studies.audit.observing import ask, is_free
from apps.studies.audit.overlap import overlap_of
from apps.studies.audit.splits import Split
from apps.studies.models import State, Study, StudyCase
from apps.studies.normalise import pixels_of
from apps.studies.truth import CaseKey
from ml.images import encode_png, pixel_sha256
from ml.images.container import picture_bytes, read_container
from ml.images.traits import FAMILIES
from tests.factories import ProjectFactory
from tests.studies.leaks.kit import CANARY, DUPLICATES, IMAGES, SIDE, Seeded, api, compressed, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("leaks")]  # one study for all of them
SURELY = 0.001
"""Below this a difference is no chance of one run in a thousand."""


def bodies(seeded: Seeded) -> list[bytes]:
    return [trial["image"].content for trial in seeded.trials]


def headers(seeded: Seeded) -> list[dict[str, str]]:
    return [dict(trial["image"].headers) for trial in seeded.trials]


def test_05_no_etag(seeded: Seeded) -> None:
    assert not any("ETag" in one for one in headers(seeded))


def test_06_no_time(seeded: Seeded) -> None:
    assert not any({"Last-Modified", "Age", "Expires"} & set(one) - {"Expires"} for one in headers(seeded))
    keys = set(seeded.study.cases.values_list("image", flat=True))
    times = [entry.modified for entry in storage.entries() if entry.key in keys]
    assert (len(times), len(set(times))) == (200, 1)


def test_07_one_length_and_no_ranges(seeded: Seeded) -> None:
    assert len({one["Content-Length"] for one in headers(seeded)}) == 1
    assert {one["Accept-Ranges"] for one in headers(seeded)} == {"none"}
    case = seeded.study.cases.first()
    assert case is not None
    part = ask(case, HTTP_RANGE="bytes=0-9")
    assert (part.status_code, part.headers["Content-Length"]) == (200, str(case.length))
    fresh = ask(case, HTTP_IF_NONE_MATCH="*", HTTP_IF_MODIFIED_SINCE="Fri, 31 Dec 2100 23:59:59 GMT")
    assert fresh.status_code == 200
    head = ask(case, method="HEAD")
    assert dict(head.headers) == dict(ask(case).headers)


def test_08_the_bytes_on_the_wire_are_as_many(seeded: Seeded) -> None:
    assert not any("Content-Encoding" in one for one in headers(seeded))
    assert {one["Cache-Control"] for one in headers(seeded)} == {images.CACHE}
    assert {len(body) for body in bodies(seeded)} == {int(headers(seeded)[0]["Content-Length"])}


def test_09_to_12_one_container(seeded: Seeded) -> None:
    seen = {read_container(body) for body in bodies(seeded)}
    assert len(seen) == 1
    (one,) = seen
    assert (one.magic, one.bits, one.sampling, one.foreign, one.tail) == (
        "ffd8ff",
        8,
        "1x1 1x1 1x1",
        "",
        "other bytes",
    )
    assert len({body[picture_bytes(body) :][:8] for body in bodies(seeded)}) == IMAGES  # another for each
    assert (one.width, one.height) == (128, 128)
    assert not any(CANARY.encode() in body for body in bodies(seeded))
    for body in bodies(seeded)[:5]:
        with Image.open(io.BytesIO(body)) as image:
            assert (image.format, image.mode, set(image.info)) == (
                "JPEG",
                "RGB",
                {"jfif", "jfif_version", "jfif_unit", "jfif_density"},
            )


def test_13_to_15_the_content_is_judged_and_published(seeded: Seeded) -> None:
    report = audit.AuditReport.from_json(seeded.study.audit)
    assert report is not None
    assert [one.family for one in report.content] == [*FAMILIES, content.TOGETHER]
    assert report.arms == {f"{CANARY} real": 100, f"{CANARY} synthetic": 100}
    assert report.checked > 30
    # One arm shows its cells 3 % larger, which is content, and published; how much of the history of real cells is
    # left, bench/normaliser.py measures.
    assert all(0.3 < one.auc < 1 and 0 < one.p <= one.p_holm <= 1 for one in report.content), report.content
    assert (report.blocked, report.why.startswith(CANARY)) == ((), True)


def test_16_the_time_of_an_answer_tells_nothing(seeded: Seeded) -> None:
    pairs = seeded.pairs
    assert (
        timing_p(
            [trial["image_s"] for trial, synthetic in pairs if not synthetic],
            [trial["image_s"] for trial, synthetic in pairs if synthetic],
        )
        > SURELY
    )


def test_17_every_picture_was_made_before_the_first_was_asked_for(seeded: Seeded) -> None:
    assert not seeded.study.cases.filter(image="").exists()
    before = sorted(storage.every_key())
    case = seeded.study.cases.first()
    assert case is not None
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            ask(case)
        counts.append(len(asked))
    assert counts == [0, 0]
    assert sorted(storage.every_key()) == before


def test_18_the_store_is_never_named(seeded: Seeded) -> None:
    keys = list(seeded.study.cases.values_list("image", flat=True))
    assert len({key.rpartition("/")[0].rpartition("/")[0] for key in keys}) == 1
    codes = list(seeded.study.cases.values_list("code", flat=True))
    hidden = {key.rpartition("/")[2].partition(".")[0] for key in keys} | set(codes)
    for trial in seeded.trials:
        assert trial["image"].status_code == 200
        told = trial["document"].content.decode() + repr(dict(trial["image"].headers)) + trial["address"]
        assert not any(secret in told for secret in hidden)


def test_24_what_the_site_shows_elsewhere_is_counted(seeded: Seeded) -> None:
    report = audit.AuditReport.from_json(seeded.study.audit)
    assert report is not None
    assert (report.overlap.pairs, report.overlap.same_elsewhere) == (0, 0)
    # One case is copied into another project, another is there compressed once more.
    cells = Cell.objects.filter(pk__in=CaseKey.objects.filter(study=seeded.study).values("crop"))
    same, alike = cells.filter(field=None).order_by("pk")[:2]
    elsewhere = ProjectFactory()
    pictures = (pixels_of(same), compressed(pixels_of(alike), 60))
    keys = [storage.new_key("crops", ".png") for _ in pictures]
    for key, pixels in zip(keys, pictures, strict=True):
        storage.save_bytes(key, encode_png(pixels))
    copies = write_imported(
        actor=seeded.owner,
        project=elsewhere,
        field=None,
        cells=[ImportedCell((0.0, 0.0, float(SIDE), float(SIDE)), "neutrophil", key) for key in keys],
    )
    for cell, project in ((same, seeded.project), (copies[0], elsewhere)):
        CropDigest.objects.create(project=project, cell=cell, pixel_sha256=pixel_sha256(pictures[0]))
    found = overlap_of(seeded.study, seed=1)
    assert (found.same_elsewhere, found.alike_elsewhere, found.looked_at) == (1, 2, 2)


def test_29_files_of_one_cell_are_drawn_once(seeded: Seeded) -> None:
    strata = {(one["arm"], one["class"]): one for one in seeded.study.draw_report["strata"]}
    refused = sum(one["near_duplicates"] for one in strata.values())
    assert 0 < refused <= 2 * DUPLICATES
    assert all(one["chosen"] == 20 for one in strata.values())


def test_nothing_that_nobody_listed(seeded: Seeded) -> None:
    rows = [seen(trial) for trial in seeded.trials]
    for second in (
        [synthetic for _, synthetic in seeded.pairs],
        [seeded.intended[trial["case"]] == "monocyte" for trial in seeded.trials],
    ):
        found = differ(rows, second, free=lambda name: name in PLACE)
        assert [one for one in found if one.must_be_one] == []
        assert [one for one in found if one.p < SURELY] == []


PLACE = {"address", "prefetch", "slot", "position", "answered", "length of the document", "break_due", "last"}
"""What goes with the place in the order, or is another for each picture."""


def seen(trial: dict[str, Any]) -> dict[str, Any]:
    """Return everything a browser got for one trial but the pixels."""
    document = dict(trial["document"].json())  # whose answer another test reads too
    found = document.pop("next")
    address = found["image"].rstrip("/").rpartition("/")[2]
    row = {
        "address": int(address, 16),
        "prefetch": int((found["prefetch"] or "0").rstrip("/").rpartition("/")[2], 16),
        "length of the document": len(trial["document"].content),
        "last": found["prefetch"] is None,
        "length of the address": len(found["image"]),
        **{name: found[name] for name in ("slot", "position", "break_due")},
        "answered": document.pop("answered"),
        "document": json.dumps(document, sort_keys=True),
        "names": sorted(found),
        "questions": found["questions"],
        **{
            f"file: {name}": value for name, value in read_container(trial["image"].content).as_json().items()
        },
    }
    for what in ("image", "document", "answered"):
        row[f"status of {what}"] = trial[what].status_code
        named = {name: value for name, value in trial[what].headers.items() if name not in NONCES}
        for name, value in named.items():
            if (what, name) not in {("document", "Content-Length"), ("answered", "Content-Length")}:
                row[f"{what}: {name}"] = value
    return row


NONCES = {"X-Request-ID", "X-Request-Id", "Allow"}
"""Another for each answer, or, for the first document, of another method."""


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("header X-Arm", lambda n, synthetic: "s" if synthetic else "r"),
        ("header Content-Length", lambda n, synthetic: "100" if n % 7 else "101"),
        ("code", lambda n, synthetic: n + 1000 * synthetic),
        ("row", lambda n, synthetic: n if synthetic else -n),
        ("address of R1", lambda n, synthetic: n * 17 + 2000 * synthetic),
    ],
)
def test_what_separates_is_found(name: str, make: Callable[[int, bool], Any]) -> None:
    second = [n % 2 == 1 for n in range(200)]
    rows = [
        {"status": 200, "code": (n * 7919) % 1009, name: make(n, synthetic)}
        for n, synthetic in enumerate(second)
    ]
    found = {one.feature: one for one in differ(rows, second, free=is_free)}
    assert found[name].must_be_one or found[name].p < SURELY
    assert "status" not in found
    if name != "code":
        assert found["code"].p > 0.05


def test_a_content_that_differs_is_told_and_blocks_nothing(seeded: Seeded) -> None:
    made = bodies(seeded)[:80]
    second = [synthetic for _, synthetic in seeded.pairs][:80]
    tinted = []
    for body, synthetic in zip(made, second, strict=True):
        pixels = content.decoded(body).copy()
        if synthetic:
            pixels[..., 0] = (pixels[..., 0] * 0.8).astype("uint8")
        out = io.BytesIO()
        Image.fromarray(pixels).save(out, "JPEG", quality=95, subsampling=0)
        tinted.append(out.getvalue())
    found = {one.family: one for one in content.judge(tinted, [Split("", tuple(second))], seed=1)}
    assert found["colour"].auc > 0.9
    assert found["colour"].p_holm < 0.05
    assert content.judge(made[:10], [Split("", (False,) * 10)], seed=1) == ()


def test_the_command_says_what_it_found(seeded: Seeded) -> None:
    case = seeded.study.cases.first()
    assert case is not None
    # One picture with a comment: whatever arm it is of, it blocks.
    with storage.open_key(case.image) as stream:
        data = stream.read()
    comment = b"\xff\xfe\x00\x06seed"
    storage.save_bytes(case.image, data[:2] + comment + data[2 : len(data) - len(comment)])
    try:
        out = io.StringIO()
        with pytest.raises(CommandError) as caught:
            call_command("audit_study", str(seeded.study.public_id), stdout=out)
        assert caught.value.returncode == 1
        assert f"Pictures: 100 {CANARY} real, 100 {CANARY} synthetic." in out.getvalue()
        assert "BLOCKS  File: foreign" in out.getvalue()
        assert "0.5 is blind" in out.getvalue()
        assert f"Note: {TRAINING}" in out.getvalue()
    finally:
        storage.save_bytes(case.image, data)
        storage.forget_time(case.image)
    with pytest.raises(CommandError) as caught:
        call_command("audit_study", "no such study")
    assert caught.value.returncode == 2


def test_an_audit_of_other_pictures_lets_nothing_be_locked(seeded: Seeded) -> None:
    assert audit.require_clear(seeded.study).acknowledged
    report = audit.AuditReport.from_json(seeded.study.audit)
    assert report is not None
    study = Study(pk=seeded.study.pk, project=seeded.project, state=State.PREPARED)
    study.audit = {**report.as_json(), "acknowledged_at": ""}
    with pytest.raises(Conflict, match="Acknowledge"):
        audit.require_clear(study)
    study.audit = {**report.as_json(), "images": "0" * 64}
    with pytest.raises(Conflict, match="Run the leak audit"):
        audit.require_clear(study)
    blocked = {"what": "x", "words": "Header X: 2 values.", "blocks": True, "values": 2, "p": None}
    study.audit = {**report.as_json(), "findings": [blocked]}
    with pytest.raises(Conflict, match="blocks"):
        audit.require_clear(study)
    study.audit = {}
    with pytest.raises(Conflict):
        audit.require_clear(study)
    with pytest.raises(InvalidInput):
        audit.acknowledge(actor=seeded.owner, study=seeded.study, why="Fine.")
    with pytest.raises(Conflict):
        audit.acknowledge(actor=seeded.owner, study=seeded.study, why="It is open by now, too late.")


def test_a_case_without_a_picture_is_not_found(seeded: Seeded) -> None:
    client = signed_in(seeded.ben.reader)
    found = client.get(api(seeded.ben)).json()["next"]
    address = found["image"].rstrip("/").rpartition("/")[2]
    case = services.reading.image_of(enrolment=seeded.ben, actor=seeded.ben.reader, address=address)
    StudyCase.objects.filter(pk=case.pk).update(image="")
    assert client.get(found["image"]).status_code == 404

import csv
import hashlib
import io
import json
import zipfile

import pytest

from apps.core.errors import Conflict, NotFound
from apps.jobs.params import decode
from apps.studies.models import State
from apps.studies.results import columns, files
from apps.studies.results.analysis import analyse
from apps.studies.results.handlers import seed_of
from apps.studies.results.shapes import Analysis
from apps.studies.results.trials import trials
from tests.kits.studies import make_study

pytestmark = pytest.mark.django_db

KEY_WORDS = (
    "origin",
    "real",
    "synthetic",
    "intended",
    "stratum",
    "arm",
    "control",
    "replicate",
    "generator",
    "correct",
    "told",
)


def table(made: files.File) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(made.content.decode())))


@pytest.fixture
def closed():
    kit = make_study(each=3, practice=1, controls=1, readers=2)
    for enrolment in kit.enrolments:
        kit.read_all(enrolment)
    kit.to(State.CLOSED)
    return kit


def test_nothing_comes_out_before_a_study_is_closed():
    kit = make_study()
    kit.read(kit.enrolments[0])
    assert files.names(kit.study) == ()
    for name in ("trials.csv", "images.csv", "analysis.json", "study.zip"):
        with pytest.raises(Conflict, match="Close the study first"):
            files.make(kit.study, name)
    with pytest.raises(NotFound):
        files.make(kit.study, "../secret")


def test_before_unblinding_there_is_no_column_of_the_key(closed):
    for name in ("trials.csv", "images.csv", "readers.csv"):
        made = table(files.make(closed.study, name))
        assert made
        assert not [column for column in made[0] if any(word in column.split("_") for word in KEY_WORDS)]
    # nor a value that only the key holds
    text = (
        files.make(closed.study, "trials.csv").content.decode()
        + files.make(closed.study, "images.csv").content.decode()
    )
    assert "Synthetic" not in text
    assert "synthetic" not in text
    assert closed.study.seed not in text


def test_before_unblinding_the_archive_holds_no_more_than_that(closed):
    held = zipfile.ZipFile(io.BytesIO(files.make(closed.study, "study.zip").content))
    assert sorted(held.namelist()) == [
        "README.txt",
        "SHA256SUMS",
        "codebook.csv",
        "images.csv",
        "readers.csv",
        "trials.csv",
    ]
    for name in ("analysis.json", "report.pdf", "protocol.json", "leak-audit.json", "checklists.csv"):
        with pytest.raises(Conflict, match="unblinding"):
            files.make(closed.study, name)
    book = held.read("codebook.csv").decode()
    assert "intended_class" not in book
    assert "replicate" not in book


def test_before_unblinding_nothing_names_the_bytes_of_an_image(closed):
    """A digest ties a code to a file, and a file to the cell it was made of: it would be a key."""
    held = zipfile.ZipFile(io.BytesIO(files.make(closed.study, "study.zip").content))
    text = "".join(held.read(name).decode() for name in held.namelist())
    digests = list(closed.study.cases.values_list("image_digest", flat=True))
    assert len(digests) == 14
    assert not [digest for digest in digests if digest in text]
    assert "sha256" not in held.read("images.csv").decode() + held.read("codebook.csv").decode()


def test_rows_stand_in_an_order_that_says_nothing(closed):
    made = table(files.make(closed.study, "images.csv"))
    assert [row["case"] for row in made] == sorted(row["case"] for row in made)
    order = [(row["reader"], int(row["position"])) for row in table(files.make(closed.study, "trials.csv"))]
    assert order == sorted(order)


def test_the_code_book_explains_every_column(unblinded):
    kit = unblinded()
    book = {(row["file"], row["column"]) for row in table(files.make(kit.study, "codebook.csv"))}
    for name in ("trials.csv", "images.csv", "readers.csv"):
        assert {column for file, column in book if file == name} == set(table(files.make(kit.study, name))[0])
    assert all(
        column.meaning and column.values for column in (*columns.TRIALS, *columns.IMAGES, *columns.READERS)
    )


def test_the_trials_give_the_analysis_again(unblinded):
    """Whoever has the archive alone can work the result out again."""
    kit = unblinded(readers=2)
    made = table(files.make(kit.study, "trials.csv"))
    counted = [
        row
        for row in made
        if row["practice"] == "false" and row["control"] == "false" and row["replicate"] == "0"
    ]
    told = json.loads(files.make(kit.study, "analysis.json").content)
    pooled = told["analysis"]["pooled"]["accuracy"]
    assert (pooled["hits"], pooled["n"]) == (sum(row["correct"] == "true" for row in counted), len(counted))
    again = analyse(
        trials(kit.study),
        classes=kit.study.plan.classes,
        margin=kit.study.margin,
        seed=seed_of(kit.study),
        resamples=50,
    )
    assert decode(Analysis, told["analysis"]) == again
    assert told["sentences"]


def test_the_manifest_names_the_bytes_that_readers_were_sent(unblinded):
    kit = unblinded()
    for row in table(files.make(kit.study, "images.csv")):
        case = kit.study.cases.get(code=row["case"])
        assert row["sha256"] == case.image_digest
        assert row["origin"] == kit.truth[case.code].origin


def test_the_archive_holds_all_with_digests_and_is_the_same_twice(unblinded):
    kit = unblinded(readers=2)
    first = files.make(kit.study, "study.zip").content
    assert first == files.make(kit.study, "study.zip").content
    held = zipfile.ZipFile(io.BytesIO(first))
    sums = dict(reversed(line.split("  ")) for line in held.read("SHA256SUMS").decode().splitlines())
    assert set(sums) == set(held.namelist()) - {"SHA256SUMS"}
    assert {
        "trials.csv",
        "images.csv",
        "codebook.csv",
        "analysis.json",
        "protocol.json",
        "leak-audit.json",
        "checklists.csv",
        "report.pdf",
    } < set(sums)
    for name, digest in sums.items():
        assert hashlib.sha256(held.read(name)).hexdigest() == digest


def test_no_name_of_a_person_leaves_with_a_result(unblinded):
    kit = unblinded(readers=2)
    people = [kit.owner, kit.manager, *(enrolment.reader for enrolment in kit.enrolments)]
    held = zipfile.ZipFile(io.BytesIO(files.make(kit.study, "study.zip").content))
    for name in held.namelist():
        text = held.read(name).decode(errors="replace")
        for one in people:
            assert one.display_name not in text, name
            assert one.email not in text, name


def test_what_a_reader_wrote_is_no_formula():
    kit = make_study(each=1)
    kit.read_all(kit.enrolments[0], reason="=1+1")
    kit.to(State.CLOSED)
    assert {row["reason"] for row in table(files.make(kit.study, "trials.csv"))} == {"'=1+1"}

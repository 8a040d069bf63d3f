import io

import pytest
from pypdf import PdfReader

from apps.studies.models import Study, Transition
from apps.studies.results import checklists, files
from apps.studies.results.files import Source

pytestmark = pytest.mark.django_db


def text_of(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


@pytest.fixture
def kit(unblinded):
    return unblinded(each=4, readers=2, questions=("class", "realism"), margin=0.1, practice=1, controls=1)


def test_the_report_says_what_the_page_says(kit):
    made = files.make(kit.study, "report.pdf")
    text = text_of(made.content)
    source = Source(kit.study)
    for one in source.result.sentences:
        assert " ".join(one.text.split()) in text
    for part in ("For research use only", "Leak audit", "STARD 2015", "CLAIM", "Confusion", kit.study.digest):
        assert part in text, part
    assert made.content == files.make(kit.study, "report.pdf").content


def test_the_report_says_how_often_a_study_was_designed_anew(kit):
    def said() -> str:
        return dict(Source(Study.objects.get(pk=kit.study.pk)).facts.design)["Taken back to a draft"]

    assert said() == "never"
    for _ in range(2):
        Transition.objects.create(
            study=kit.study, from_state="prepared", to_state="draft", why="Too easily told."
        )
    assert said() == "2 times after it had been prepared; the record keeps each audit"


def test_checklists_are_filled_where_the_system_knows(kit):
    source = Source(kit.study)
    found = checklists.items(source.facts, source.result.analysis, "wbcweb 1")
    stard = {one.number: one for one in found if one.checklist == checklists.STARD}
    assert len(stard) == 34  # 30 items, four of them in two parts
    known = {number for number, one in stard.items() if one.known}
    assert {
        "6",
        "9",
        "10a",
        "10b",
        "12a",
        "13a",
        "14",
        "15",
        "16",
        "18",
        "19",
        "23",
        "24",
        "29",
    } <= known
    assert not known & {"1", "2", "3", "4", "26", "27", "28", "30"}
    assert "10.0 points" in stard["18"].known
    assert "2 readers enrolled, 2 consented, 0 withdrew, 2 began, 2 finished" in stard["19"].known
    assert kit.study.digest in stard["29"].known
    claim = [one for one in found if one.checklist == checklists.CLAIM]
    assert len({one.number for one in claim}) == len(claim)

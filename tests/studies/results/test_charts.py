from xml.etree import ElementTree as ET

import pytest

from apps.studies.results import charts
from apps.studies.results.contents.classes import leading_matrices
from apps.studies.results.drawing import Dot, Drawing, Line, Text, svg
from apps.studies.results.facts import Flow
from apps.studies.results.flowchart import flow
from apps.studies.results.shapes import Times
from tests.studies.results.made import analysis, answers, result


@pytest.fixture(scope="module")
def found():
    readers = [answers(f"R{n}", told=(30, 28), start=5 * n, ratings=None) for n in (1, 2, 3)]
    return analysis(*readers, margin=0.1)


def drawings(found):
    readers = [(r.reader, r.realism) for r in found.readers]
    yield charts.sensitivities(leading_matrices(found), {}, result(found).published[:-1])
    yield charts.told_rightly(readers, found.pooled.realism, 0.1)
    yield charts.differences(found.readers, found.pooled.difference, 0.1)
    yield charts.times(found.pooled.times, {})
    yield charts.curves(readers, found.pooled.realism)
    yield charts.drift([(r.reader, r.drift) for r in found.readers])
    left = Flow(4, 3, 1, 2, 1, (), ended=10, erased=10)
    yield flow(left, {"counted": 100, "repeats": 10, "controls": 5, "practice": 10})


def test_every_mark_lies_on_its_drawing(found):
    for drawing in drawings(found):
        assert drawing is not None
        for mark in drawing.marks:
            points = mark.points if hasattr(mark, "points") else [(mark.x, mark.y)]
            for x, y in points:
                assert 0 <= x <= drawing.width, (drawing.title, mark)
                assert 0 <= y <= drawing.height, (drawing.title, mark)


def test_origins_differ_by_shape_and_not_by_colour_alone(found):
    drawing = charts.sensitivities(leading_matrices(found), {}, result(found).published[:-1])
    shapes = {mark.style: mark.shape for mark in drawing.marks if isinstance(mark, Dot)}
    assert len(set(shapes.values())) == 3
    assert shapes["published--hollow"] == "square"
    assert [words for _, _, words in drawing.legend][:2] == ["Real", "Synthetic"]


def test_curves_are_labelled_where_they_are(found):
    drawing = charts.curves([(r.reader, r.realism) for r in found.readers], found.pooled.realism)
    names = {mark.text for mark in drawing.marks if isinstance(mark, Text)}
    assert {"R1", "R2", "R3", "All"} <= names


def test_names_of_lines_do_not_lie_on_one_another(found):
    drawing = charts.drift([("R1", found.readers[0].drift), ("R2", found.readers[0].drift)])
    places = [mark.y for mark in drawing.marks if isinstance(mark, Text) and mark.style == "value"]
    assert abs(places[0] - places[1]) >= 14


def test_every_style_of_a_mark_has_a_look_on_page_and_in_print(found):
    from pathlib import Path

    from apps.studies.results import printing

    css = Path("static/css/study-results.css").read_text()
    for drawing in drawings(found):
        for mark in drawing.marks:
            if isinstance(mark, Text):
                continue
            assert mark.style in printing._PENS or mark.style.startswith("curve-"), mark.style
            plain = mark.style in {"all", "all-whisker"} or (
                isinstance(mark, Dot | Line) and mark.style.startswith("curve-")
            )
            assert plain or f".plot__{mark.style} " in css, mark.style


def test_what_people_typed_is_no_markup():
    drawing = Drawing("A <b>title</b>", "", 10, 10, (Text(1, 1, "<script>"),))
    text = str(svg(drawing))
    assert "<script>" not in text
    assert ET.fromstring(text).get("aria-label") == "A <b>title</b>"  # noqa: S314 - our own text


def test_a_slow_reader_still_has_an_axis():
    times = [Times("real", "", 3, 4000.0, 3000.0, 90000.0), Times("synthetic", "", 3, 0.2, 0.1, 0.3)]
    drawing = charts.times(times, {})
    assert drawing is not None
    assert len([mark for mark in drawing.marks if isinstance(mark, Text)]) < 15


def test_without_realism_or_times_there_is_no_plot():
    plain = analysis(answers())
    assert charts.curves([], None) is None
    assert charts.times([], {}) is None
    assert plain.readers[0].realism is None

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.csv import safe, write_rows


def written(rows, header=("a", "b")) -> str:
    stream = io.StringIO()
    write_rows(stream, header=header, rows=rows)
    return stream.getvalue()


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =cmd|' /C calc'!A0"]
)
def test_what_looks_like_a_formula_is_kept_as_text(text):
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("value", ["neutrophil", "a=b", "1-2", "", "é", "'quoted"])
def test_other_text_stays_as_it_is(value):
    assert safe(value) == value


@pytest.mark.parametrize(
    ("value", "cell"), [(-3, -3), (-0.5, -0.5), (None, ""), (True, "true"), (False, "false")]
)
def test_numbers_stay_numbers(value, cell):
    assert safe(value) == cell


@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_no_cell_of_what_is_written_begins_a_formula(rows):
    read = list(csv.reader(io.StringIO(written(rows), newline="")))
    assert len(read) == len(rows) + 1
    assert [cell for row in read for cell in row if cell.lstrip(" ").startswith(("=", "+", "-", "@"))] == []


def test_rows_are_counted_and_quoted():
    stream = io.StringIO()
    assert write_rows(stream, header=("name", "n"), rows=[("a,b", 1), ('say "x"', 2)]) == 2
    assert stream.getvalue() == 'name,n\r\n"a,b",1\r\n"say ""x""",2\r\n'


def test_a_row_of_the_wrong_width_is_refused():
    with pytest.raises(ValueError, match="Row 2 has 1 cells, the header has 2"):
        written([(1, 2), (3,)])

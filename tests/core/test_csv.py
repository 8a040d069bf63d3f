import ast
import csv
import io
import math
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.csv import lines, safe, write_rows

APPS = Path(__file__).resolve().parent.parent.parent / "apps"
STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001 - the wide ones are meant
# Texts made of what matters here come up far more often than by chance.
TEXTS = st.text(max_size=20) | st.text(alphabet="=+-@;,\t\r\n\"' a1\u00a0\ufeff＝", max_size=12)  # noqa: RUF001 - as above
VALUES = TEXTS | st.integers() | st.floats(allow_nan=False) | st.booleans() | st.none()


def written(rows: list[tuple[object, ...]], header: tuple[str, ...] = ("a", "b")) -> str:
    stream = io.StringIO()
    write_rows(stream, header=header, rows=rows)
    return stream.getvalue()


def cells(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1 of 2",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =cmd|' /C calc'!A0",
        "\u00a0=1",
        "\ufeff=1",
        "＝1",  # noqa: RUF001 - as above
    ],
)
def test_what_looks_like_a_formula_is_kept_as_text(text):
    assert safe(text).startswith("'")
    assert safe(text)[1:].replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize(
    "value", ["neutrophil", "a=b", "1-2", "", "é", "'quoted", "a;b", "x; y-z", "two\nlines"]
)
def test_other_text_stays_as_it_is(value):
    assert safe(value) == value


@pytest.mark.parametrize("text", ["a;=1", "a;  +1", "a\t@x", "a\n=1", "a\r\n-1"])
def test_no_formula_hides_behind_the_separator_of_another_program(text):
    assert safe(text).replace("'", "") == text
    assert "'" in safe(text)


@pytest.mark.parametrize(
    ("value", "cell"), [(-3, -3), (-0.5, -0.5), (None, ""), (True, "true"), (False, "false")]
)
def test_numbers_stay_numbers(value, cell):
    assert safe(value) == cell


@given(st.lists(st.tuples(VALUES, VALUES), max_size=5), st.sampled_from([",", ";", "\t"]))
def test_no_cell_begins_a_formula_whatever_separator_a_program_expects(rows, delimiter):
    for row in cells(written(rows), delimiter):
        for cell in row:
            seen = "".join(c for c in cell if not c.isspace() and unicodedata.category(c) not in {"Cc", "Cf"})
            assert not seen.startswith(STARTS) or _is_number(seen.split(",")[0])


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text)) or "inf" in text
    except ValueError:
        return False


@given(st.lists(st.tuples(VALUES, VALUES), max_size=5))
def test_every_row_comes_back_with_as_many_cells_and_the_same_words(rows):
    read = cells(written(rows))
    assert len(read) == len(rows) + 1
    for row, back in zip(rows, read[1:], strict=True):
        for value, cell in zip(row, back, strict=True):
            if isinstance(value, str):
                assert cell.replace("'", "") == value.replace("'", "")
            elif isinstance(value, float):
                assert float(cell) == value


@given(TEXTS)
def test_making_safe_twice_is_making_safe_once(text):
    assert safe(safe(text)) == safe(text)


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=4))
def test_the_lines_are_the_file(rows):
    assert "".join(lines(header=("a", "b"), rows=rows)) == written(rows)


@pytest.mark.parametrize("text", ["\t" * 100_000, " " * 100_000, ";=" * 50_000, '"' * 100_000])
def test_no_text_takes_long(text):
    before = time.perf_counter()
    safe(text)
    assert time.perf_counter() - before < 2


def test_rows_are_counted_and_quoted():
    stream = io.StringIO()
    assert write_rows(stream, header=("name", "n"), rows=[("a,b", 1), ('say "x"', 2)]) == 2
    assert stream.getvalue() == 'name,n\r\n"a,b",1\r\n"say ""x""",2\r\n'


def test_a_row_of_the_wrong_width_is_refused():
    with pytest.raises(ValueError, match="Row 2 has 1 cells, the header has 2"):
        written([(1, 2), (3,)])


# What people bring along: tables of annotations and of reference ranges.
READS_CSV = {"datasets/formats/table.py", "review/signing/range_files.py"}


def test_nothing_else_writes_csv():
    """The one writer is the one that is safe."""
    users = []
    for path in [*APPS.rglob("*.py")]:
        if path == APPS / "core" / "csv.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            reads = path.relative_to(APPS).as_posix() in READS_CSV
            if "pandas" in names or ("csv" in names and not reads):
                users.append(f"{path.relative_to(APPS)}:{node.lineno}")
            if isinstance(node, ast.Attribute) and node.attr in {"to_csv", "writer", "DictWriter"}:
                users.append(f"{path.relative_to(APPS)}:{node.lineno}")
    assert users == []

"""What our code does not do at all, read from its source: run text, unpickle, build statements and pages out of words,
ask other servers."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [*(ROOT / "apps").rglob("*.py"), *(ROOT / "wbcweb").rglob("*.py"), *(ROOT / "ml").rglob("*.py")]
TEMPLATES = list((ROOT / "templates").rglob("*.html"))
SCRIPTS = list((ROOT / "frontend" / "src").rglob("*.ts"))

RUNS_TEXT = {"eval", "exec", "compile", "__import__"}
# Parsers that build objects out of what they read, and clients that go where a text says.
MODULES = {
    "pickle",
    "cPickle",
    "marshal",
    "shelve",
    "dill",
    "joblib",
    "xml",
    "lxml",
    "ldap",
    "smtplib",
    "imaplib",
}
CLIENTS = {"requests", "httpx", "aiohttp", "urllib3", "urllib.request", "http.client", "ftplib", "telnetlib"}
# Annotations of a public data set, read on the command line; the parser resolves no external entity.
READS_XML = {
    "ml/data/bccd.py",
    # Annotations of strangers: a document type, with which entities begin, is refused, and so is deep nesting.
    "apps/datasets/formats/voc.py",
}
# Reading our own manual, a page drawn without any markup of its author.
MARKED_SAFE = {"apps/home/manual.py"}


def _where(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"


@cache
def _all_nodes() -> list[tuple[Path, ast.AST]]:
    return [
        (path, node) for path in SOURCES for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    ]


def _nodes(kind: type[ast.AST]) -> Iterator[tuple[Path, ast.AST]]:
    yield from ((path, node) for path, node in _all_nodes() if isinstance(node, kind))


def _imported() -> Iterator[tuple[str, str]]:
    for path, node in _nodes(ast.Import):
        yield from ((alias.name, _where(path, node)) for alias in node.names)  # type: ignore[attr-defined]
    for path, node in _nodes(ast.ImportFrom):
        if not node.level:  # type: ignore[attr-defined]
            yield node.module or "", _where(path, node)  # type: ignore[attr-defined]


def test_there_is_something_to_read() -> None:
    assert min(len(SOURCES), len(TEMPLATES), len(SCRIPTS)) > 20


def test_no_text_is_run_as_code() -> None:
    found = [
        _where(path, node) for path, node in _nodes(ast.Call) if getattr(node.func, "id", "") in RUNS_TEXT
    ]  # type: ignore[attr-defined]
    assert found == []


def test_no_program_is_started_through_a_shell() -> None:
    shells = [
        _where(path, node)
        for path, node in _nodes(ast.keyword)
        if node.arg == "shell" and not (isinstance(node.value, ast.Constant) and node.value.value is False)  # type: ignore[attr-defined]
    ]
    systems = [
        _where(path, node)
        for path, node in _nodes(ast.Attribute)
        if isinstance(node.value, ast.Name) and node.value.id == "os" and node.attr in {"system", "popen"}  # type: ignore[attr-defined]
    ]
    assert (shells, systems) == ([], [])


def test_nothing_is_unpickled_and_no_other_markup_is_parsed() -> None:
    found = [place for name, place in _imported() if name.split(".")[0] in MODULES]
    assert {place.partition(":")[0] for place in found} <= READS_XML
    loads = [
        _where(path, node)
        for path, node in _nodes(ast.Call)
        if isinstance(node.func, ast.Attribute)  # type: ignore[attr-defined]
        and isinstance(node.func.value, ast.Name)  # type: ignore[attr-defined]
        and (node.func.value.id, node.func.attr) in {("yaml", "load"), ("torch", "load"), ("np", "load")}  # type: ignore[attr-defined]
    ]
    assert loads == []


def test_the_site_asks_no_other_server_for_anything() -> None:
    found = [place for name, place in _imported() if name in CLIENTS or name.split(".")[0] in CLIENTS]
    assert [place for place in found if place.startswith(("apps/", "wbcweb/"))] == []


def test_no_certificate_is_taken_without_a_look() -> None:
    """Clients of databases, brokers and stores check certificates as their libraries do."""
    off = re.compile(
        r"CERT_NONE|_create_unverified_context|check_hostname\s*=\s*False|verify\s*=\s*False|ssl_cert_reqs|disable_warnings"
    )
    found = [str(path.relative_to(ROOT)) for path in SOURCES if off.search(path.read_text(encoding="utf-8"))]
    assert found == []
    assert all(off.search(text) for text in ("context.verify_mode = ssl.CERT_NONE", "verify=False"))


def test_no_statement_is_put_together_out_of_values() -> None:
    """Names of tables come from the models; values go beside the statement."""
    raw = [
        _where(path, node)
        for path, node in _nodes(ast.Call)
        if isinstance(node.func, ast.Attribute) and node.func.attr in {"raw", "extra", "RawSQL"}  # type: ignore[attr-defined]
    ]
    assert raw == []


def test_no_page_takes_words_for_markup() -> None:
    loose = re.compile(r"\|\s*safe(seq)?\b|autoescape\s+off|\|\s*escapejs")
    found = [
        str(path.relative_to(ROOT)) for path in TEMPLATES if loose.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
    marked = {path.relative_to(ROOT).as_posix() for path, node in _nodes(ast.Name) if node.id == "mark_safe"}  # type: ignore[attr-defined]
    assert marked <= MARKED_SAFE


@pytest.mark.parametrize(
    "word",
    [
        r"\.(inner|outer)HTML\b",
        r"insertAdjacentHTML",
        r"document\.write",
        r"\beval\(",
        r"new Function\(",
        r"postMessage|addEventListener\(\"message\"",
        r"createContextualFragment|srcdoc",
        r"https?://(?!www\.w3\.org/)",
    ],
)
def test_no_script_takes_words_for_markup_or_talks_to_other_sites(word: str) -> None:
    found = [
        str(path.relative_to(ROOT)) for path in SCRIPTS if re.search(word, path.read_text(encoding="utf-8"))
    ]
    assert found == []

"""The record: filters, pages, sentences, and the file."""

import ast
import csv
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts import audit, audit_trail
from apps.accounts.audit_trail import PAGE_SIZE, Filters
from apps.accounts.models import AuditEvent, Role
from apps.accounts.verbs import SENTENCES
from tests.factories import ProjectFactory, SiteAdminFactory, UserFactory, member
from tests.triggers import without_triggers

VALUES = st.none() | st.text(max_size=20) | st.integers() | st.lists(st.text(max_size=5), max_size=3)

pytestmark = pytest.mark.django_db

APPS = Path(__file__).resolve().parent.parent.parent / "apps"
SITE = "/people/audit/"


def sentences(page: str) -> list[str]:
    return re.findall(r"<td><strong>(.*?)</strong> (.*?)<br>", page)


def happen(times: int = 1, **values: Any) -> list[AuditEvent]:
    return [
        audit.record(**{"actor": None, "verb": "uploaded", "detail": {"files": n}} | values)
        for n in range(times)
    ]


# Every verb


def _literal_verbs() -> dict[str, str]:
    """Return every verb that the code records, with where."""
    found: dict[str, str] = {}
    for path in APPS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            given_ = [key.value for key in node.keywords if key.arg == "verb"]
            if name in {"_record", "record"}:
                given_ += node.args
            for value in given_:
                words = [part.value for part in ast.walk(value) if isinstance(part, ast.Constant)]
                found |= {
                    word: f"{path.relative_to(APPS)}:{node.lineno}"
                    for word in words
                    if isinstance(word, str) and re.fullmatch("[a-z]+(-[a-z]+)*", word)
                }
    return found


def test_every_verb_in_use_has_a_sentence():
    used = _literal_verbs()
    assert len(used) > 20
    # Words of `_record(actor, "verb", ...)` that stand for something else.
    others = {"app", "passkey", "verb"}
    missing = {verb: place for verb, place in used.items() if verb not in SENTENCES and verb not in others}
    assert missing == {}, "Give these verbs a sentence in apps/accounts/verbs.py."


@pytest.mark.parametrize("verb", sorted(SENTENCES))
def test_a_sentence_reads_with_and_without_its_details(verb):
    words = audit_trail._WORD.findall(SENTENCES[verb])
    full = AuditEvent(verb=verb, detail={word: f"<{word}>" for word in words})
    told = audit_trail.sentence(full, "the target")
    assert [word for word in words if word != "target" and f"<{word}>" not in told] == []
    bare = audit_trail.sentence(AuditEvent(verb=verb, detail={}), "the target")
    assert re.search(r"[\[\]{}]|  |: *$", bare) is None


def test_what_stands_in_the_details_is_put_in_as_it_is():
    event = AuditEvent(verb="exported", detail={"what": "{target} [x]", "rows": 0})
    assert audit_trail.sentence(event, "T") == "took data out: {target} [x], 0 rows"


def test_a_verb_without_a_sentence_is_shown_as_it_is():
    assert audit_trail.sentence(AuditEvent(verb="made-coffee", detail={}), "") == "made coffee"


def test_the_page_names_people_projects_and_what_was_done(sign_in):
    project = ProjectFactory(name="Haematology")
    ada, grace = UserFactory(name="Ada"), UserFactory(name="Grace <b>")
    audit.record(
        actor=ada,
        verb="role-changed",
        project=project,
        target=f"user:{grace.public_id}",
        detail={"from": "viewer", "to": "manager"},
    )
    page = sign_in(SiteAdminFactory()).get(SITE).content.decode()
    assert ("Ada", "changed the role of Grace &lt;b&gt; from viewer to manager") in sentences(page)


# Filters


@pytest.fixture
def history():
    ada, grace = UserFactory(name="Ada Lovelace"), UserFactory(email="grace@navy.example")
    one, two = ProjectFactory(), ProjectFactory()
    happen(actor=ada, project=one)
    happen(actor=grace, project=one, verb="deleted")
    happen(actor=grace, project=two, verb="labelled")
    return ada, grace, one, two


@pytest.mark.parametrize(
    ("query", "verbs"),
    [
        ("who=lovelace", ["uploaded"]),
        ("who=NAVY", ["labelled", "deleted"]),
        ("who=nobody", []),
        ("verb=deleted", ["deleted"]),
        ("verb=labelled", ["labelled"]),
        ("project={one}", ["deleted", "uploaded"]),
        ("project={one}&who=grace", ["deleted"]),
        ("until=2020-01-01", []),
        ("since=2020-01-01&verb=uploaded", ["uploaded"]),
    ],
)
def test_filters_narrow_the_record(history, sign_in, query, verbs):
    browser = sign_in(SiteAdminFactory())
    page = browser.get(f"{SITE}?{query.format(one=history[2].public_id)}").content.decode()
    shown = re.findall(r'<span class="muted small">([a-z-]+)', page)
    assert [verb for verb in shown if verb != "signed-in"] == verbs


def test_days_are_whole_days_in_utc():
    moments = [datetime(2026, 5, day, hour, tzinfo=UTC) for day, hour in ((1, 23), (2, 0), (2, 23), (3, 0))]
    for moment, event in zip(moments, happen(4), strict=True):
        with without_triggers(connection):
            AuditEvent.objects.filter(pk=event.pk).update(created_at=moment)
    day = moments[1].date()
    assert audit_trail.matching(Filters(since=day, until=day)).count() == 2


@pytest.mark.parametrize(
    "query", ["since=yesterday", "verb=made-coffee", "project=1", "before=1", "after=x", "who=" + "x" * 151]
)
def test_a_question_that_makes_no_sense_is_refused(sign_in, query):
    answer = sign_in(SiteAdminFactory()).get(f"{SITE}?{query}")
    assert answer.status_code == 400


def test_a_manager_cannot_ask_for_another_project(history, sign_in):
    _, _, one, two = history
    page = sign_in(member(one, Role.MANAGER)).get(f"/projects/{one.public_id}/audit/?project={two.public_id}")
    assert "labelled" not in [verb for _, verb in sentences(page.content.decode())]
    assert len(sentences(page.content.decode())) == 2


# Pages


def walk(browser, address: str) -> list[str]:
    """Return what the pages show, following "Older" to the end."""
    shown: list[str] = []
    while address:
        page = browser.get(address).content.decode()
        shown += re.findall(r"files: (\d+)", page)
        found = re.search(r'href="([^"]*before=[^"]*)"', page)
        address = found[1].replace("&amp;", "&") if found else ""
    return shown


def test_pages_show_every_event_once_though_new_ones_come_in(sign_in):
    total = 2 * PAGE_SIZE + 7
    happen(total)
    browser = sign_in(SiteAdminFactory())
    first = browser.get(f"{SITE}?verb=uploaded").content.decode()
    older = re.search(r'href="([^"]*before=[^"]*)"', first)[1].replace("&amp;", "&")
    happen(5)
    shown = re.findall(r"files: (\d+)", first) + walk(browser, older)
    assert shown == [str(n) for n in reversed(range(total))]


def test_newer_leads_back_over_the_same_pages(sign_in):
    happen(2 * PAGE_SIZE + 7)
    newest = audit_trail.page(Filters(verb="uploaded"))
    second = audit_trail.page(Filters(verb="uploaded"), before=newest.older)
    third = audit_trail.page(Filters(verb="uploaded"), before=second.older)
    assert (newest.newer, third.older) == (None, None)
    back = audit_trail.page(Filters(verb="uploaded"), after=third.newer)
    assert [line.event.pk for line in back.lines] == [line.event.pk for line in second.lines]
    top = audit_trail.page(Filters(verb="uploaded"), after=back.newer)
    assert [line.event.pk for line in top.lines] == [line.event.pk for line in newest.lines]
    assert top.newer is None


def test_a_page_takes_as_many_queries_for_many_events_as_for_few(sign_in, django_assert_num_queries):
    browser = sign_in(SiteAdminFactory())
    for number in (3, PAGE_SIZE):
        for _ in range(number):
            audit.record(actor=UserFactory(), verb="role-changed", target=f"user:{UserFactory().public_id}")
        with django_assert_num_queries(5):
            assert browser.get(SITE).status_code == 200


# The file


def exported(browser, query: str = "") -> list[dict[str, str]]:
    answer = browser.get(f"{SITE}export/{query}")
    assert (
        answer.headers["Content-Disposition"]
        == f'attachment; filename="record-{timezone.now():%Y-%m-%d}.csv"'
    )
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_file_holds_what_the_filters_let_pass_and_its_own_making(history, sign_in):
    rows = exported(sign_in(SiteAdminFactory(name="Root")))
    assert [row["verb"] for row in rows] == ["exported", "signed-in", "labelled", "deleted", "uploaded"]
    assert (rows[0]["who"], rows[0]["sentence"]) == ("Root", "took data out: record")
    assert rows[-1]["account"] == history[0].email


def test_the_file_takes_the_filters_of_the_page(history, sign_in):
    browser = sign_in(SiteAdminFactory())
    page = browser.get(f"{SITE}?verb=deleted").content.decode()
    assert f'href="{SITE}export/?verb=deleted"' in page
    assert [row["verb"] for row in exported(browser, "?verb=deleted")] == ["deleted"]


def test_no_name_in_the_file_becomes_a_formula(sign_in):
    user = UserFactory(name='=HYPERLINK("http://evil.example")')
    happen(actor=user, target=f"user:{user.public_id}", verb="password-changed")
    rows = exported(sign_in(SiteAdminFactory()), "?verb=password-changed")
    assert rows[0]["who"].startswith("'=HYPERLINK")


def test_a_long_record_is_named_in_batches(sign_in, django_assert_max_num_queries):
    happen(2500)
    with django_assert_max_num_queries(25):
        rows = exported(sign_in(SiteAdminFactory()))
    assert len(rows) == 2502


@given(
    verb=st.sampled_from(sorted(SENTENCES)), detail=st.dictionaries(st.text(max_size=8), VALUES, max_size=4)
)
def test_any_detail_gives_a_sentence(verb, detail):
    assert audit_trail.sentence(AuditEvent(verb=verb, detail=detail), "x")


def test_old_events_stay_in_reach_of_the_index():
    """The record grows by every label: a rare verb must not be looked for among all of them."""
    rows = audit_trail.matching(Filters(verb="exported"))[:PAGE_SIZE]
    plan = rows.explain()
    if connection.vendor == "sqlite":
        assert "accounts_audit_verb" in plan


def test_recent_events_of_an_account_are_its_own():
    user = UserFactory()
    happen(target=f"user:{user.public_id}", verb="sign-in-failed", detail={"reason": "refused"})
    happen(target=f"user:{UserFactory().public_id}", verb="sign-in-failed")
    lines = audit_trail.of_account(user)
    assert [line.sentence for line in lines] == [
        f"tried to sign in as {user.name} and was turned away: refused"
    ]
    assert timezone.now() - lines[0].event.created_at < timedelta(minutes=1)

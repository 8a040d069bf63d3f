"""The manual as pages of the site: the words of the documents, addresses of the site, nothing the policy refuses."""

from __future__ import annotations

import html
import itertools
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from apps.core.errors import NotFound
from apps.home import manual
from tests.factories import UserFactory

NAMES = [name for names in manual.CONTENTS.values() for name in names]


def page(name: str) -> str:
    answer = Client().get(f"/help/{name}/")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("name", NAMES)
def test_every_page_is_drawn_with_what_its_file_says(name):
    drawn = html.unescape(page(name))
    first = (Path(settings.BASE_DIR) / "docs" / f"{name}.md").read_text().splitlines()[0]
    assert f"<h1>{first.removeprefix('# ')}</h1>" in drawn
    assert drawn.count("<h1>") == 1


@pytest.mark.parametrize("name", NAMES)
def test_links_between_pages_lead_to_pages_and_to_their_sections(name):
    dead = []
    for target in re.findall(
        r'href="([^"]+)"', page(name).partition("<article")[2].partition("</article>")[0]
    ):
        address, _, part = target.partition("#")
        if address.startswith("http"):
            continue
        there = Client().get(address) if address else Client().get(f"/help/{name}/")
        if there.status_code != 200 or (part and f'id="{part}"' not in there.content.decode()):
            dead.append(target)
    assert dead == []


@pytest.mark.parametrize("name", NAMES)
def test_pictures_are_there_with_their_size(name):
    pictures = re.findall(
        r'<img src="/static/([^"]+)" alt="([^"]+)" width="(\d+)" height="(\d+)"', page(name)
    )
    assert len(pictures) == page(name).count("<img ")
    assert [source for source, *_ in pictures if finders.find(source) is None] == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_the_policy_refuses(name):
    assert not re.search(r"\sstyle=|<script(?![^>]*\bsrc=)|\son[a-z]+=|javascript:", page(name))


def test_markup_in_a_document_is_text(tmp_path, settings, monkeypatch):
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "page.md").write_text(
        "# Page\n\n<b onclick='x()'>bold</b> [a](javascript:x) [b](../README.md)\n\n"
        "| n |\n|--:|\n| 1 |\n\n```html\n<i>\n```\n"
    )
    monkeypatch.setattr(manual, "CONTENTS", {"All": ("page",)})
    _, text = manual.draw("page")
    assert "<b" not in text
    assert 'href="javascript' not in text
    assert "<span>b</span>" in text
    assert 'role="region" aria-label="Table 1"' in text
    assert "style=" not in text
    assert '<pre tabindex="0">&lt;i&gt;' in text


@pytest.mark.parametrize(
    "name", ["magic", "manual/magic", "../README", "manual/../administration", "adr/0001-public-ids"]
)
def test_no_other_file_can_be_read(name):
    with pytest.raises(NotFound):
        manual.draw(name)


def test_the_help_page_lists_the_manual_in_order():
    drawn = Client().get("/help/").content.decode()
    assert re.findall(r'<a href="/help/([^"]+)/">', drawn) == NAMES


def test_one_leads_to_the_next():
    assert manual.neighbours(NAMES[0])[0] is None
    assert manual.neighbours(NAMES[-1])[1] is None
    for before, after in itertools.pairwise(NAMES):
        assert manual.neighbours(before)[1] == manual._page(after)
        assert manual.neighbours(after)[0] == manual._page(before)


@pytest.mark.django_db
def test_the_manual_asks_the_database_only_who_is_there(sign_in, django_assert_max_num_queries):
    reader = sign_in(UserFactory())
    with django_assert_max_num_queries(2):
        reader.get("/help/manual/reviewing/")

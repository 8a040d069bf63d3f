"""The frame of every page: theme, navigation, help, words for errors."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from apps.home import themes
from tests.factories import SiteAdminFactory, UserFactory

ROOT = Path(settings.BASE_DIR)


@pytest.mark.parametrize("name", [name for name, _ in themes.CHOICES])
def test_a_theme_is_kept_in_a_cookie_and_painted(name):
    browser = Client()
    answer = browser.post("/theme/", {"theme": name, "next": "/help/"})
    assert (answer.status_code, answer["Location"]) == (302, "/help/")
    cookie = answer.cookies[themes.COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert f'data-theme="{name}"' in browser.get("/help/").content.decode()


def test_times_are_written_alike_whoever_writes_them():
    template = Template('{{ at|date:"DATETIME_FORMAT" }}; {{ at|date:"DATE_FORMAT" }}')
    assert (
        template.render(Context({"at": datetime(2026, 2, 3, 16, 5, tzinfo=UTC)}))
        == "3 Feb 2026, 16:05; 3 Feb 2026"
    )


def test_an_unknown_theme_is_refused_and_a_forged_cookie_ignored():
    browser = Client()
    assert browser.post("/theme/", {"theme": '"><script>'}).status_code == 400
    browser.cookies[themes.COOKIE] = '"><script>alert(1)</script>'
    page = browser.get("/help/").content.decode()
    assert "alert(1)" not in page
    assert 'data-theme="system"' in page


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_choosing_a_theme_leads_nowhere_else(back):
    assert Client().post("/theme/", {"theme": "dark", "next": back})["Location"] == "/"


def test_choosing_a_theme_needs_the_token():
    assert Client(enforce_csrf_checks=True).post("/theme/", {"theme": "dark"}).status_code == 403


@pytest.mark.django_db
def test_the_navigation_shows_where_one_is_and_people_only_to_administrators(sign_in):
    page = sign_in(UserFactory()).get("/projects/").content.decode()
    assert '<a href="/projects/" aria-current="page">Projects</a>' in page
    assert '<a href="/jobs/">Jobs</a>' in page
    assert 'href="/people/"' not in page
    assert 'href="/people/"' in sign_in(SiteAdminFactory()).get("/projects/").content.decode()


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/projects/", ' aria-current="page"'), ("/slides/1/", ' aria-current="true"'), ("/jobs/", "")],
)
def test_an_entry_of_the_navigation_knows_its_rooms(path, expected):
    template = Template('{% load shell %}{% nav_item "/projects/" "Projects" "/slides/" %}')
    drawn = template.render(Context({"request": RequestFactory().get(path)}))
    assert drawn == f'<li><a href="/projects/"{expected}>Projects</a></li>'


def test_every_icon_that_is_asked_for_exists():
    drawn = set(re.findall(r'<symbol id="([a-z-]+)"', (ROOT / "static/img/icons.svg").read_text()))
    asked = {
        name
        for page in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r'{% icon "([a-z-]+)"', page.read_text())
    }
    assert asked
    assert asked <= drawn


def test_templates_carry_nothing_that_the_policy_refuses():
    inline = re.compile(r"<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
    pages = [*(ROOT / "templates").rglob("*.html")]
    assert pages
    assert [str(page) for page in pages if inline.search(page.read_text())] == []


def test_the_help_page_lists_the_keys_of_the_class_list():
    page = Client().get("/help/").content.decode()
    for words in ("Neutrophil", "Immature granulocyte", "Not classed", "Backspace", "Space", "Ctrl"):
        assert words in page


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
def test_pages_for_errors_can_be_drawn_without_a_request(name):
    drawn = render_to_string(name)
    assert "<h1>" in drawn
    assert 'href="/"' in drawn


@pytest.mark.django_db
def test_a_missing_page_says_so_in_words(sign_in):
    answer = sign_in(UserFactory()).get("/nothing/here/")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()

"""The home page: what waits for whom, and in how many queries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Role
from apps.cells import services
from apps.core import registries
from apps.home import selectors
from apps.jobs.models import Job, State
from tests.cells.factories import finding, make_cells, make_field, make_slide
from tests.factories import ProjectFactory, SiteAdminFactory, UserFactory, member

pytestmark = pytest.mark.django_db


def slide_with_cells(project, labels=("neutrophil", "lymphocyte"), **values: object):
    slide = make_slide(project, **values)
    cells = make_cells(make_field(slide), *(finding(label, at=at) for at, label in enumerate(labels)))
    return slide, cells


def job(project=None, state=State.QUEUED, **values: object):
    ended = {"finished_at": timezone.now()} if state in {State.FAILED, State.SUCCEEDED} else {}
    return Job.objects.create(
        **{
            "kind": "analyse",
            "queue": "gpu-short",
            "project": project,
            "state": state,
            "max_attempts": 3,
            **ended,
            **values,
        }
    )


def test_slides_wait_until_every_cell_has_a_label():
    project = ProjectFactory()
    anna = member(project, Role.REVIEWER)
    old, _ = slide_with_cells(project, title="Old")
    new, cells = slide_with_cells(project, title="New")
    make_slide(project, title="Without cells")
    assert [entry.slide for entry in selectors.slides_to_review(user=anna)] == [new, old]
    services.label(actor=anna, cell=cells[0], to_class="monocyte", expected_version=1, seen_suggestion=True)
    assert [(e.total, e.labelled, e.waiting) for e in selectors.slides_to_review(user=anna)] == [
        (2, 1, 1),
        (2, 0, 2),
    ]
    services.label(actor=anna, cell=cells[1], to_class="monocyte", expected_version=1, seen_suggestion=True)
    assert [entry.slide for entry in selectors.slides_to_review(user=anna)] == [old]


def test_unidentified_cells_are_counted_until_somebody_names_them():
    project = ProjectFactory()
    anna = member(project, Role.REVIEWER)
    slide = make_slide(project)
    cells = make_cells(make_field(slide), finding("basophil", p=0.3, unidentified=True), finding(at=1))
    assert [entry.unidentified for entry in selectors.slides_to_review(user=anna)] == [1]
    services.label(actor=anna, cell=cells[0], to_class="basophil", expected_version=1, seen_suggestion=True)
    assert [entry.unidentified for entry in selectors.slides_to_review(user=anna)] == [0]


def test_slides_wait_only_for_those_who_may_label_them():
    project = ProjectFactory()
    slide_with_cells(project)
    assert len(selectors.slides_to_review(user=member(project, Role.REVIEWER))) == 1
    assert selectors.slides_to_review(user=member(project, Role.VIEWER)) == []
    assert selectors.slides_to_review(user=member(ProjectFactory(), Role.MANAGER)) == []
    assert selectors.slides_to_review(user=SiteAdminFactory()) == []


def test_slides_in_the_trash_wait_for_nobody():
    project = ProjectFactory()
    slide, _ = slide_with_cells(project)
    slide.trashed_at = timezone.now()
    slide.save()
    assert selectors.slides_to_review(user=member(project, Role.REVIEWER)) == []


def test_jobs_are_watched_while_they_go_on_and_a_day_after_they_failed():
    project = ProjectFactory()
    anna = member(project, Role.VIEWER)
    waiting = job(project)
    failed = job(project, State.FAILED, error="No.")
    job(project, State.SUCCEEDED)
    job(project, State.FAILED, error="No.", finished_at=timezone.now() - timedelta(days=2))
    job(ProjectFactory())
    assert selectors.jobs_to_watch(user=anna) == [failed, waiting]


def test_projects_come_with_the_number_of_their_slides():
    project = ProjectFactory(name="Mine")
    ProjectFactory(name="Not mine")
    make_slide(project)
    make_slide(project, trashed_at=timezone.now())
    (found,) = selectors.projects(user=member(project, Role.VIEWER))
    assert (found.name, found.n_slides) == ("Mine", 1)


def test_other_rooms_can_say_what_waits(monkeypatch, sign_in):
    hooks = registries.HookList("home_items")
    hooks.register(lambda user: [{"title": f"For {user.name}", "url": "/x/", "text": "12 answers left"}])
    monkeypatch.setattr(selectors, "home_items", hooks)
    page = sign_in(UserFactory(name="Rita")).get("/").content.decode()
    assert "For Rita" in page
    assert "12 answers left" in page


def test_everybody_is_told_the_next_step(sign_in):
    assert "You are in no project yet" in sign_in(UserFactory()).get("/").content.decode()
    assert "Make a project" in sign_in(SiteAdminFactory()).get("/").content.decode()
    project = ProjectFactory()
    viewer = sign_in(member(project, Role.VIEWER)).get("/").content.decode()
    assert "Your role lets you look on" in viewer
    assert "Upload images" not in viewer
    reviewer = sign_in(member(project, Role.REVIEWER)).get("/").content.decode()
    assert f'href="/projects/{project.public_id}/"' in reviewer
    assert "Upload images" in reviewer


def test_the_number_of_queries_does_not_grow(sign_in, django_assert_max_num_queries):
    project = ProjectFactory()
    anna = member(project, Role.REVIEWER)
    browser = sign_in(anna)
    for _ in range(6):
        slide_with_cells(project, simulated=True)
        job(project)
    with django_assert_max_num_queries(21):
        page = browser.get("/").content.decode()
    assert page.count("of 2 reviewed") == 6
    assert page.count("Simulated") == 6

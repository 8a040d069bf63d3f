"""A slide that one person has labelled, and people around it; words for what they do."""

from __future__ import annotations

from dataclasses import dataclass

from apps.accounts.models import Project, Role, User
from apps.cells import services as cells_services
from apps.cells.models import Cell
from apps.review.models import SecondItem, SecondReading
from apps.review.second_reading import services
from apps.slides.models import Slide
from tests.cells.factories import finding, make_cells, make_field, make_slide
from tests.factories import ProjectFactory, member

SUGGESTED = ("neutrophil", "neutrophil", "lymphocyte", "monocyte")


@dataclass
class Readers:
    """A slide with cells, its first reader, a second one, a third who may decide, and the one who asks."""

    project: Project
    slide: Slide
    cells: list[Cell]
    first: User
    second: User
    third: User
    researcher: User

    def first_says(self, *classes: str) -> None:
        """The first reader labels the cells in their order; "" leaves one out."""
        for cell, name in zip(self.cells, classes, strict=True):
            if name:
                cell.refresh_from_db()
                cells_services.label(
                    actor=self.first,
                    cell=cell,
                    to_class=name,
                    expected_version=cell.version,
                    seen_suggestion=True,
                )

    def ask(self) -> SecondReading:
        """The second reader is asked."""
        return services.assign(actor=self.researcher, slide=self.slide, reader=self.second)

    def second_says(self, reading: SecondReading, *classes: str) -> None:
        """The second reader labels the same cells; "" leaves one out."""
        for cell, name in zip(self.cells, classes, strict=True):
            if name:
                item = self.item(reading, cell)
                services.label(
                    actor=self.second,
                    reading=reading,
                    item_id=item.public_id,
                    to_class=name,
                    expected_version=item.version,
                )

    def done(self, first: tuple[str, ...], second: tuple[str, ...]) -> SecondReading:
        """Both have read all, and the second has finished."""
        self.first_says(*first)
        reading = self.ask()
        self.second_says(reading, *second)
        reading.refresh_from_db()
        return services.finish(actor=self.second, reading=reading)

    def item(self, reading: SecondReading, cell: Cell) -> SecondItem:
        """The cell as the reading knows it."""
        return reading.items.get(cell=cell)


def readers(n: int = len(SUGGESTED), project: Project | None = None) -> Readers:
    """Return a slide with ``n`` cells in a project with four people."""
    project = project or ProjectFactory()
    slide = make_slide(project)
    found = [finding(SUGGESTED[at % len(SUGGESTED)], at=at) for at in range(n)]
    return Readers(
        project=project,
        slide=slide,
        cells=make_cells(make_field(slide), *found),
        first=member(project, Role.REVIEWER),
        second=member(project, Role.REVIEWER),
        third=member(project, Role.REVIEWER),
        researcher=member(project, Role.RESEARCHER),
    )

"""Projects with cells to design studies of; their pictures have names and no files, for nothing here looks at one."""

from __future__ import annotations

from apps.accounts.models import Project, User
from apps.cells.importing import ImportedCell, write_imported
from apps.registry.selectors import classes_for
from apps.studies import draw, presets, services
from apps.studies.design.forms import DesignForm
from apps.studies.models import Study
from apps.studies.presets import PUBLISHED_CLASSES

SIDE = 64.0


def add_cells(project: Project, actor: User, *, each: int, synthetic: bool = False) -> None:
    """Add labelled pictures of single cells of the five published classes."""
    cells = [
        ImportedCell((0.0, 0.0, SIDE, SIDE), name, f"jobs/test/1/{synthetic:d}{place}{number:028}.png")
        for place, name in enumerate(PUBLISHED_CLASSES)
        for number in range(each)
    ]
    write_imported(actor=actor, project=project, field=None, cells=cells, synthetic=synthetic)


def draft(project: Project, actor: User, *, preset: str = "jung-2022", title: str = "Study") -> Study:
    """Return a draft that was just begun."""
    return services.create_study(actor=actor, project=project, title=title, protocol=presets.preset(preset))


def form_of(study: Study, data: dict[str, object] | None = None) -> DesignForm:
    """Return the form of a study's design, bound to data if there are any."""
    return DesignForm(
        data,
        protocol=study.plan,
        classes=classes_for(study.project),
        sources=draw.sources(study.project),
        title=study.title,
    )


def sent(study: Study, **changes: object) -> dict[str, object]:
    """Return what a browser sends of the form as it stands, with some fields changed; False is a box without a mark."""
    form = form_of(study)
    values = {name: form[name].value() for name in form.fields}
    values |= {"version": study.version, "arms": form.arm_count, **changes}
    return {
        name: "on" if value is True else value
        for name, value in values.items()
        if value is not None and value is not False
    }

"""Reads of the registry: which classes a project uses and which model answers for it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet, Subquery

from apps.accounts.models import Project
from apps.core.compiled import CompiledRead
from apps.core.errors import Unavailable
from apps.registry.models import CellClass, ClassList, ModelVersion, Task

DEFAULT_CLASS_LIST = "eight"
_REMEMBERED = "_classes_of_its_list"


def class_list_for(project: Project) -> ClassList:  # noqa: ARG001 - projects will choose their list
    """Return the class list a project's cells are labelled with: the newest published version of *eight*.

    Raises `Unavailable` when the shipped lists were never registered.
    """
    found = _newest_list.first(name=DEFAULT_CLASS_LIST)
    if found is None:
        raise _no_class_list()
    return found


def classes_for(project: Project) -> list[CellClass]:
    """Return the classes of the project's list in display order.

    One query, and none when this very object was asked about before: an act on a cell and its answer both ask.
    Raises `Unavailable` when the shipped lists were never registered.
    """
    known: list[CellClass] | None = project.__dict__.get(_REMEMBERED)
    if known is not None:
        return known
    classes = _classes.all(name=DEFAULT_CLASS_LIST)
    if not classes:
        raise _no_class_list()
    project.__dict__[_REMEMBERED] = classes
    return classes


def _lists(name: str) -> QuerySet[ClassList]:
    return ClassList.objects.filter(name=name, published=True).order_by("-version")


_newest_list: CompiledRead[ClassList] = CompiledRead(lambda name: _lists(name)[:1], name=str)
_classes: CompiledRead[CellClass] = CompiledRead(
    lambda name: CellClass.objects.filter(class_list=Subquery(_lists(name).values("pk")[:1])).order_by(
        "position"
    ),
    name=str,
)


def _no_class_list() -> Unavailable:
    return Unavailable(
        "No class list is registered. An administrator can run “manage.py sync_registry”.",
        code="no-class-list",
    )


def active_model(task: Task | str, project: Project) -> ModelVersion | None:
    """Return the version in use for a project: its own, else the site's; `None` when there is neither.

    A classifier must speak the project's class list.
    """
    return active_models([task], project)[0]


def active_models(tasks: Sequence[Task | str], project: Project) -> list[ModelVersion | None]:
    """Return the version in use for each task, as `active_model` does, all with one query."""
    found = _active.all(project=project.pk)
    speaks = class_list_for(project).pk if Task.CLASSIFY in tasks else None
    return [_of_task(task, found, class_list=speaks if task == Task.CLASSIFY else None) for task in tasks]


def _of_task(
    task: Task | str, versions: Sequence[ModelVersion], *, class_list: int | None
) -> ModelVersion | None:
    fitting = [v for v in versions if v.task == task and v.class_list_id == class_list]
    return next((v for v in fitting if v.project_id is not None), next(iter(fitting), None))


_active: CompiledRead[ModelVersion] = CompiledRead(
    lambda project: (
        ModelVersion.objects.active()
        .filter(Q(project=project) | Q(project=None))
        .select_related("class_list")
        .order_by("pk")
    ),
    project=int,
)

"""Reads of the registry: which classes a project uses and which model answers for it."""

from __future__ import annotations

from django.db.models import QuerySet, Subquery

from apps.accounts.models import Project
from apps.core.compiled import CompiledRead
from apps.core.errors import Unavailable
from apps.registry.models import CellClass, ClassList, ModelVersion, Task

DEFAULT_CLASS_LIST = "eight"
_REMEMBERED = "_classes_of_its_list"


def class_list_for(project: Project) -> ClassList:
    """Return the class list a project's cells are labelled with: the newest published version of *eight*.

    Raises `Unavailable` when the shipped lists were never registered.
    """
    found = _lists_for(project).first()
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


def _lists_for(project: Project) -> QuerySet[ClassList]:  # noqa: ARG001 - projects will choose their list
    """Return the versions of the list that a project labels with, the newest first."""
    return _lists(DEFAULT_CLASS_LIST)


def _lists(name: str) -> QuerySet[ClassList]:
    return ClassList.objects.filter(name=name, published=True).order_by("-version")


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
    wanted = ModelVersion.objects.active().filter(task=task).select_related("class_list")
    wanted = wanted.filter(class_list=class_list_for(project) if task == Task.CLASSIFY else None)
    return wanted.filter(project=project).first() or wanted.filter(project=None).first()

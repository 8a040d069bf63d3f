"""Reads of the registry: which classes a project uses and which model answers for it."""

from __future__ import annotations

from apps.accounts.models import Project
from apps.core.errors import Unavailable
from apps.registry.models import CellClass, ClassList, ModelVersion, Task

DEFAULT_CLASS_LIST = "eight"


def class_list_for(project: Project) -> ClassList:  # noqa: ARG001 - projects will choose their list
    """Return the class list a project's cells are labelled with: the newest published version of *eight*.

    Raises `Unavailable` when the shipped lists were never registered.
    """
    found = ClassList.objects.filter(name=DEFAULT_CLASS_LIST, published=True).order_by("-version").first()
    if found is None:
        raise Unavailable(
            "No class list is registered. An administrator can run “manage.py sync_registry”.",
            code="no-class-list",
        )
    return found


def classes_for(project: Project) -> list[CellClass]:
    """Return the classes of the project's list in display order."""
    return list(class_list_for(project).classes.order_by("position"))


def active_model(task: Task | str, project: Project) -> ModelVersion | None:
    """Return the version in use for a project: its own, else the site's; `None` when there is neither.

    A classifier must speak the project's class list.
    """
    wanted = ModelVersion.objects.active().filter(task=task).select_related("class_list")
    wanted = wanted.filter(class_list=class_list_for(project) if task == Task.CLASSIFY else None)
    return wanted.filter(project=project).first() or wanted.filter(project=None).first()

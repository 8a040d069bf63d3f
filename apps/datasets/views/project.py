"""What goes into a project and out of it: its imports and exports, and the forms for new ones."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts.models import Project
from apps.accounts.permissions import Action, can, person, require
from apps.core.disk import MEBI
from apps.datasets import limits, selectors
from apps.datasets.forms import ExportForm, ImportForm
from apps.slides.selectors import get_project


@require_GET
def datasets(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Show a project's imports and the person's exports, to those who may import or export."""
    project = get_project(user=person(request), public_id=project_id)
    if not can(person(request), Action.IMPORT, project):
        require(person(request), Action.EXPORT, project)
    return datasets_page(request, project)


def datasets_page(
    request: HttpRequest,
    project: Project,
    *,
    import_form: ImportForm | None = None,
    export_form: ExportForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Draw the page, with a form that had a problem if there is one."""
    user = person(request)
    exports = list(selectors.exports_of(user=user, project=project)[: selectors.LISTED])
    context = {
        "project": project,
        "import_form": import_form or ImportForm(),
        "export_form": export_form or ExportForm(project=project, user=user),
        "imports": selectors.imports_of(user=user, project=project)[: selectors.LISTED],
        "exports": [(export, *selectors.export_state(export)) for export in exports],
        "under_way": any(
            export.state == "writing" and export.job and not export.job.ended for export in exports
        ),
        "may_import": can(user, Action.IMPORT, project),
        "may_export": can(user, Action.EXPORT, project),
        "max_mb": limits.archive_bytes() // MEBI,
        "kept_days": limits.EXPORTS_KEPT.days,
    }
    fragment = bool(getattr(request, "htmx", False)) and status == 200
    return render(
        request, "datasets/_exports.html" if fragment else "datasets/project.html", context, status=status
    )

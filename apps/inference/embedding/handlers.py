"""The job that asks the classifier what cells look like to it; what it says of their class is not written."""

from __future__ import annotations

from uuid import UUID

from apps.accounts.models import Project
from apps.cells.crops import load_pixels
from apps.cells.findings import embed_cells
from apps.core.errors import NotFound
from apps.inference import analysers
from apps.inference.embedding.selectors import unembedded
from apps.inference.params import EmbedParams
from apps.inference.selectors import Versions, versions_in_use
from apps.jobs.context import JobContext
from apps.jobs.errors import JobFailed
from apps.slides.models import Field


def embed(ctx: JobContext, params: EmbedParams) -> None:
    """Store the embeddings that cells of a project lack, a field in one transaction each; a killed attempt goes on.

    Raises:
        JobFailed: the project is gone, or no model is in use.
    """
    project = Project.objects.filter(public_id=UUID(params.project_id)).first()
    versions = None if project is None else versions_in_use(project)
    if project is None or versions is None:
        raise JobFailed("No model is in use for this project.", retry=False)
    wanting = unembedded(project, versions.classifier)
    total = wanting.count()
    fields = list(wanting.order_by("field_id").values_list("field_id", flat=True).distinct())
    done = left = 0
    for pk in fields:
        ctx.progress(done=done, total=total, stage="Looking at cells")
        n = _embed_field(ctx, Field.objects.get(pk=pk), project, versions)
        done, left = done + n, left + (not n)
    words = f"The pictures of {left} fields are missing from the store." if left else ""
    ctx.progress(done=done, total=total, stage="Done", message=words)


def _embed_field(ctx: JobContext, field: Field, project: Project, versions: Versions) -> int:
    """Store the embeddings of the cells of one field; return how many."""
    cells = list(unembedded(project, versions.classifier).filter(field=field).order_by("pk"))
    try:
        pixels = load_pixels(field)
    except NotFound:
        return 0
    said = analysers.warm(versions).classify_boxes(pixels, [cell.box for cell in cells])
    with ctx.transaction(advances=True):
        embed_cells(list(zip(cells, said, strict=True)), versions.classifier)
    return len(cells)

"""What the job of this room does; called by the worker, by its dotted name."""

from __future__ import annotations

import functools
from collections.abc import Callable

from apps.accounts.models import User
from apps.jobs.context import JobContext
from apps.jobs.errors import JobFailed
from apps.studies import audit, draw, normalise
from apps.studies.models import State, Study
from apps.studies.params import PrepareParams
from apps.studies.services.life import finish_preparing


def prepare(ctx: JobContext, params: PrepareParams) -> Callable[[], None] | None:
    """Draw the cases of a study, make their pictures alike, look for leaks; the effect makes it prepared.

    Another attempt begins anew, and draws the same.
    """
    study = Study.objects.select_related("project").filter(public_id=params.study_id).first()
    if study is None:
        raise JobFailed("The study does not exist any more.", retry=False)
    if study.state != State.DRAFT or study.protocol_version != params.version:
        return None
    drawn = draw.draw(study=study, progress=ctx.progress)
    with ctx.transaction():
        draw.write(study=study, drawn=drawn)
    rendering = normalise.render(study=study, progress=ctx.progress, prefix=ctx.output_prefix())
    with ctx.transaction():
        normalise.record(rendering)
    audit.run(study=study, progress=ctx.progress, normaliser=rendering.about)
    study.refresh_from_db()
    return functools.partial(
        finish_preparing,
        study=study,
        actor=User.objects.filter(pk=ctx.requester_id or 0).first(),
        drawn={**drawn.report, "pictures": rendering.about},
        version=params.version,
    )

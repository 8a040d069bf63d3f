"""What may be done with results: have them worked out, and let a registered model read beside the experts."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction
from django.http import HttpRequest

from apps.accounts import audit
from apps.accounts.models import User
from apps.accounts.permissions import Action, require
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.inference.selectors import versions_in_use
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.registry.models import CellClass
from apps.studies.models import ModelReading, State, Study
from apps.studies.results import files, selectors
from apps.studies.results.params import ANALYSE, READ, AnalyseParams, ModelReadingParams, subject_of
from apps.studies.services.staff import held

_AFTER = (State.CLOSED, State.UNBLINDED)


def request_analysis(*, study: Study, actor: User | None) -> Job | None:
    """Have the results of an unblinded study worked out, in the caller's transaction; the job that does it already.

    Returns:
        None when they are worked out as the answers stand.

    Raises:
        Conflict: the study is not unblinded.
    """
    if study.state != State.UNBLINDED:
        raise Conflict("Results open with unblinding.", code="not-unblinded")
    if selectors.stored_result(study) is not None:
        return None
    under_way = selectors.active_analysis_job(study)
    if under_way is not None:
        return under_way
    return jobs.submit(
        kind=ANALYSE,
        params=AnalyseParams(study_id=str(study.public_id)),
        requester=actor,
        project=study.project,
        title=f"Results of {study.title}",
        subject=subject_of(study.public_id),
    )


def analyse_after_unblinding(*, study: Study, actor: User) -> None:
    """Ask for the results in the transaction that unblinds."""
    request_analysis(study=study, actor=actor)


def ask_model(
    *, actor: User, study: Study, model_id: UUID, request: HttpRequest | None = None
) -> ModelReading:
    """Let a registered classifier class the images that the experts saw; its answers stand beside theirs.

    The job is nobody's but the asker's, as that of preparing: readers see the jobs of their project.

    Args:
        actor: Who asks.
        study: A closed or unblinded study: what a model says is nothing that readers in progress should hear of.
        model_id: Public id of the model version.
        request: Where it came from.

    Raises:
        NotFound, NotPermitted: the person may not lead studies here, or there is no such model.
        Conflict: the study is not closed yet, or this model has read it already.
        InvalidInput: the model does not know the classes of the study, or no localiser is in use, which frames cells.
    """
    require(actor, Action.STUDY, study.project)
    if study.state not in _AFTER:
        raise Conflict("A model reads the images once the study is closed.", code="not-closed")
    version = selectors.models_to_ask(study).filter(public_id=model_id).first()
    if version is None:
        raise NotFound("There is no such classifier here, or it has read the images already.")
    known = set(
        CellClass.objects.filter(class_list=version.class_list_id, human_only=False)
        .order_by()
        .values_list("name", flat=True)
    )
    missing = [name for name in study.plan.classes if name not in known]
    if missing:
        raise InvalidInput(
            f"{version.label} does not know these classes of the study: {', '.join(missing)}.",
            code="classes-unknown",
        )
    if versions_in_use(study.project) is None:
        raise InvalidInput("No localiser is in use, which finds the cell on a picture.", code="no-locator")
    try:
        with transaction.atomic():
            reading = ModelReading.objects.create(
                study=study,
                model_version=version,
                pseudonym=f"M{ModelReading.objects.filter(study=study).count() + 1}",
                requester=actor,
            )
            audit.record(
                actor=actor,
                verb="study-model-asked",
                project=study.project,
                target=f"study:{study.public_id}",
                detail={"model": version.label},
                request=request,
            )
            reading.job = jobs.submit(
                kind=READ,
                params=ModelReadingParams(reading_id=str(reading.public_id)),
                requester=actor,
                title=f"{version.label} reads the images of a study",
                subject=f"study-model:{reading.public_id}",
            )
            reading.save(update_fields=["job"])
    except IntegrityError as taken:
        raise Conflict(
            "Somebody has just asked a model to read. Look at the page again.", code="asked-already"
        ) from taken
    return reading


@transaction.atomic
def take_out(*, actor: User, study: Study, name: str, request: HttpRequest | None = None) -> files.File:
    """Return a file of a study, or all in one archive, and put on record who took it out.

    Raises:
        NotFound, NotPermitted: the person may not take anything out of this project, or there is no such file.
        Conflict: the study gives it later, or its results are still being worked out.
    """
    require(actor, Action.EXPORT, study.project)
    if study.state == State.CLOSED:
        held(study)  # it does not open again while its answers go out, nor after that
    made = files.make(study, name)
    audit.record(
        actor=actor,
        verb="exported",
        project=study.project,
        target=f"study:{study.public_id}",
        detail={"what": f"study {made.name}", "rows": made.rows, "blind": study.state != State.UNBLINDED},
        request=request,
    )
    return made

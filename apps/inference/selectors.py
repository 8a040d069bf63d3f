"""Reads about analyses: which versions would run, what is still to do, and the one truth about a slide's state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, Exists, Max, OuterRef, QuerySet

from apps.accounts.models import Project
from apps.cells.models import Cell, Suggestion
from apps.inference.models import FieldAnalysis
from apps.inference.params import KIND, subject_of
from apps.jobs.models import Job
from apps.registry.models import ModelVersion, Task
from apps.registry.selectors import active_models
from apps.slides.models import Field, Slide


@dataclass(frozen=True, slots=True)
class Versions:
    """The pair of model versions that analyse a field."""

    locator: ModelVersion
    classifier: ModelVersion

    @property
    def label(self) -> str:
        """Return the pair's name for people, such as "locator v1 and compact v2"."""
        return f"{self.locator.label} and {self.classifier.label}"


class State(StrEnum):
    """What can be said of a slide's analysis."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class AnalysisState:
    """The state of a slide's analysis and the sentence that explains it.

    ``analysed`` of ``total`` fields carry results of some version; ``partial`` says that some do and some do not.
    ``pending`` fields are not analysed by the versions in use.
    """

    state: State
    message: str
    total: int
    analysed: int
    pending: int
    job: Job | None

    @property
    def partial(self) -> bool:
        """Return whether only some of the fields carry results."""
        return 0 < self.analysed < self.total


def versions_in_use(project: Project) -> Versions | None:
    """Return the versions that would analyse a field of the project now; `None` when one is missing."""
    locator, classifier = active_models([Task.LOCATE, Task.CLASSIFY], project)
    return Versions(locator, classifier) if locator and classifier else None


def pending_fields(slide: Slide, versions: Versions) -> QuerySet[Field]:
    """Return the slide's fields that these versions have not analysed, in order."""
    done = FieldAnalysis.objects.filter(
        field=OuterRef("pk"), locator_version=versions.locator, classifier_version=versions.classifier
    )
    return Field.objects.filter(~Exists(done), slide=slide).order_by("position")


def unasked_boxes(slide: Slide, classifier: ModelVersion) -> QuerySet[Cell]:
    """Return the cells of a slide in boxes that people drew, of which this classifier has said nothing yet."""
    said = Suggestion.objects.filter(
        cell=OuterRef("pk"), model_version=classifier, box_version=OuterRef("box_version")
    )
    drawn = Cell.objects.standing().filter(field__slide=slide, box_version__gt=1)
    return drawn.filter(~Exists(said)).order_by("field_id", "pk")


def named_crops(*, job_pk: int, prefix: str) -> set[str]:
    """Return the crops below a folder of a job that cells point at; the rest there was begun and never written down."""
    fields = FieldAnalysis.objects.filter(job_id=job_pk).values("field_id")
    crops = Cell.objects.filter(field_id__in=fields, crop_key__startswith=prefix)
    return set(crops.values_list("crop_key", flat=True))


def named_box_crops(*, job_pk: int, prefix: str) -> set[str]:
    """Return the crops below a folder of a job about boxes that cells point at."""
    crops = Cell.objects.filter(box_version__gt=1, crop_key__startswith=prefix)
    subject = Job.objects.filter(pk=job_pk).values_list("subject", flat=True).first() or ""
    slide = subject.partition(":")[2]
    return (
        set(crops.filter(field__slide__public_id=slide).values_list("crop_key", flat=True))
        if slide
        else set()
    )


def analysis_state(slide: Slide) -> AnalysisState:
    """Return the state of one slide's analysis."""
    return analysis_states([slide])[slide.pk]


def analysis_states(slides: Sequence[Slide]) -> dict[int, AnalysisState]:
    """Return the state of many slides by primary key; queries grow with the projects, not with the slides.

    A job that has not ended wins over everything; else what is stored decides, so that "done" means that results
    are there, whatever became of the last job.
    """
    if not slides:
        return {}
    totals = _counted(Field.objects.filter(slide__in=slides))
    analysed = _counted(
        Field.objects.filter(Exists(FieldAnalysis.objects.filter(field=OuterRef("pk"))), slide__in=slides)
    )
    projects = Project.objects.in_bulk({slide.project_id for slide in slides})
    versions = {pk: versions_in_use(project) for pk, project in projects.items()}
    by_versions: dict[int, int] = {}
    for project_pk, pair in versions.items():
        if pair is not None:
            by_versions |= _counted(
                Field.objects.filter(
                    slide__in=slides,
                    project_id=project_pk,
                    analyses__locator_version=pair.locator,
                    analyses__classifier_version=pair.classifier,
                )
            )
    jobs = _jobs_of(slides)
    return {
        slide.pk: _state(
            total=totals.get(slide.pk, 0),
            analysed=analysed.get(slide.pk, 0),
            pending=totals.get(slide.pk, 0) - by_versions.get(slide.pk, 0),
            job=jobs.get(subject_of(slide.public_id)),
            versions=versions[slide.project_id],
        )
        for slide in slides
    }


def _counted(fields: QuerySet[Field]) -> dict[int, int]:
    """Return the number of fields per slide."""
    return dict(fields.order_by().values_list("slide_id").annotate(n=Count("pk")))


def _jobs_of(slides: Sequence[Slide]) -> dict[str, Job]:
    """Return per subject the running job, else the queued one, else the newest that ended."""
    subjects = [subject_of(slide.public_id) for slide in slides]
    newest = (
        Job.objects.filter(kind=KIND, subject__in=subjects)
        .order_by()
        .values("subject", "state")
        .annotate(newest=Max("pk"))
        .values("newest")
    )
    rank = {"running": 0, "queued": 1}
    found: dict[str, Job] = {}
    for job in Job.objects.filter(pk__in=newest):
        held = found.get(job.subject)
        if held is None or (rank.get(job.state, 2), -job.pk) < (rank.get(held.state, 2), -held.pk):
            found[job.subject] = job
    return found


def _state(  # noqa: PLR0911 - one line for each thing that can be said
    *, total: int, analysed: int, pending: int, job: Job | None, versions: Versions | None
) -> AnalysisState:
    """Decide the state from what is stored and the job that speaks for the slide."""

    def is_(state: State, message: str) -> AnalysisState:
        return AnalysisState(
            state=state, message=message, total=total, analysed=analysed, pending=pending, job=job
        )

    some = f"{analysed} of {total} fields analysed."
    ended = job.state if job is not None else ""
    if job is not None and ended == "running":
        return is_(State.RUNNING, job.progress_message or "The analysis is running.")
    if job is not None and ended == "queued":
        return is_(
            State.QUEUED, f"{job.error} Another attempt follows." if job.error else "Waiting for a worker."
        )
    if total == 0:
        return is_(State.EMPTY, "This slide has no fields yet. Add images to it.")
    if pending == 0:
        by = f" by {versions.label}" if versions else ""
        return is_(State.DONE, f"{_fields(total)} analysed{by}.")
    if job is not None and ended == "failed":
        return is_(State.FAILED, f"{job.error} {some}" if analysed else job.error)
    if analysed == total:
        by = f" {versions.label} would analyse it anew." if versions else ""
        return is_(State.DONE, f"{_fields(total)} analysed by an earlier version.{by}")
    stopped = "The analysis was cancelled. " if ended == "cancelled" else ""
    return is_(State.DONE, stopped + some) if analysed else is_(State.EMPTY, stopped + "Not analysed yet.")


def _fields(n: int) -> str:
    return "1 field" if n == 1 else f"{n} fields"

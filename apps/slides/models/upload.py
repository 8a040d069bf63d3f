from __future__ import annotations

from typing import ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from apps.accounts.models import Project, User
from apps.core.models import PublicModel
from apps.core.storage import new_key
from apps.jobs.models import Job
from apps.slides.models.field import Field
from apps.slides.models.slide import Slide


class Mode(models.TextChoices):
    """What the files of an upload become."""

    ONE_SLIDE = "one-slide", "One slide with all files as its fields"
    SLIDE_PER_FILE = "slide-per-file", "One slide for each file"
    ADD_TO_SLIDE = "add-to-slide", "Further fields of a slide"


class UploadState(models.TextChoices):
    """Where an upload stands."""

    OPEN = "open", "Receiving files"
    QUEUED = "queued", "Being stored"
    DONE = "done", "Done"


class FileState(models.TextChoices):
    """What became of one file."""

    WAITING = "waiting", "Waiting"
    STORED = "stored", "Stored"
    DUPLICATE = "duplicate", "In the project already"
    FAILED = "failed", "Not stored"


class UploadQuerySet(models.QuerySet["Upload"]):
    """Reads of uploads."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return the uploads of the user's projects."""
        return self.filter(project__in=Project.objects.visible_to(user))


class Upload(PublicModel):
    """Files that a person hands over together; one ingest job makes fields of them."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="uploads")
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    mode = models.CharField(max_length=20, choices=Mode)
    # The slide to add to; with "one slide", the slide once its first file is stored.
    slide = models.ForeignKey(Slide, null=True, blank=True, on_delete=models.SET_NULL, related_name="uploads")
    title = models.CharField(max_length=200, blank=True)
    analyse = models.BooleanField(default=True)
    simulated = models.BooleanField(default=False, editable=False)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10, choices=UploadState, default=UploadState.OPEN)

    objects = UploadQuerySet.as_manager()

    class Meta(PublicModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(mode__in=Mode.values), name="slides_upload_mode_known"),
            models.CheckConstraint(
                condition=Q(state__in=UploadState.values), name="slides_upload_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Upload of {self.created_at:%Y-%m-%d %H:%M}"


def new_image_key() -> str:
    """Return a key for a field's pixels."""
    return new_key("fields", ".png")


def new_thumbnail_key() -> str:
    """Return a key for a field's small picture."""
    return new_key("thumbnails", ".jpg")


class UploadFile(PublicModel):
    """One file of an upload and what became of it.

    The keys of its field are drawn when it is received: whatever attempt of the job stores it writes to the same
    place, so a job that is killed half-way leaves nothing behind that the next attempt does not overwrite.
    """

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="files")
    position = models.PositiveIntegerField()  # in the order of arrival, from 1
    # Emptied by the sweep when no field was made of the file.
    filename = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField()  # bytes
    temp_key = models.CharField(max_length=200, blank=True)  # empty once the received bytes are gone
    image_key = models.CharField(max_length=200, default=new_image_key, editable=False)
    thumbnail_key = models.CharField(max_length=200, default=new_thumbnail_key, editable=False)
    state = models.CharField(max_length=10, choices=FileState, default=FileState.WAITING)
    message = models.CharField(max_length=500, blank=True)
    notices = models.JSONField(default=list)
    # The field made of it, or the one that has the same pixels.
    field = models.ForeignKey(Field, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(PublicModel.Meta):
        ordering: ClassVar[list[str]] = ["upload", "position"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["created_at"], name="slides_uploadfile_unswept", condition=~Q(temp_key="")),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["upload", "position"], name="slides_uploadfile_position_once"),
            models.CheckConstraint(
                condition=Q(state__in=FileState.values), name="slides_uploadfile_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(message=""), name="slides_uploadfile_failure_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.filename or f"file {self.position}"

"""Class lists, their classes, and the versions of models; the database's mirror of what `ml` ships and trains."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length

from apps.accounts.models import Project, User
from apps.core.models import PublicModel

models.CharField.register_lookup(Length)


class Role(models.TextChoices):
    """What a class does in a differential count."""

    LEUKOCYTE = "leukocyte", "inside the 100 %"
    NRBC = "nrbc", "per 100 white cells"
    NON_CELL = "non-cell", "reported beside"
    UNCLASSIFIABLE = "unclassifiable", "left out of the count"


class ClassList(models.Model):
    """An ordered, versioned list of classes; once registered, what its outputs mean never changes."""

    name = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    published = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name", "version")
        constraints = (
            models.UniqueConstraint(fields=("name", "version"), name="registry_class_list_version"),
            models.CheckConstraint(condition=Q(sha256__length=64), name="registry_class_list_sha256"),
        )

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class CellClass(models.Model):
    """One class of a list. `human_only` classes are chosen by people and never suggested by a model."""

    class_list = models.ForeignKey(ClassList, on_delete=models.CASCADE, related_name="classes")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)
    title = models.CharField(max_length=80)
    letter = models.CharField(max_length=2)
    key = models.CharField(max_length=20, help_text="Keyboard key by its browser name.")
    colour = models.CharField(max_length=7, help_text="sRGB, #rrggbb.")
    role = models.CharField(max_length=20, choices=Role.choices)
    human_only = models.BooleanField(default=False)

    class Meta:
        ordering = ("class_list", "position")
        constraints = (
            models.UniqueConstraint(fields=("class_list", "name"), name="registry_class_name"),
            models.UniqueConstraint(fields=("class_list", "position"), name="registry_class_position"),
            models.UniqueConstraint(fields=("class_list", "letter"), name="registry_class_letter"),
            models.UniqueConstraint(fields=("class_list", "key"), name="registry_class_key"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="registry_class_role"),
        )

    def __str__(self) -> str:
        return self.title


class Task(models.TextChoices):
    """What a model does."""

    LOCATE = "locate", "Finds cells"
    CLASSIFY = "classify", "Classifies cells"


class ModelState(models.TextChoices):
    """Where a version stands between training and retirement."""

    CANDIDATE = "candidate", "Candidate"
    ACTIVE = "active", "In use"
    RETIRED = "retired", "Retired"


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    """Reads of model versions."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return the site's own versions and those of the user's projects; nothing for a visitor."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(Q(project__isnull=True) | Q(project__in=Project.objects.visible_to(user)))

    def active(self) -> Self:
        """Return the versions in use."""
        return self.filter(state=ModelState.ACTIVE)


class ModelVersion(PublicModel):
    """One set of weights with its card. `project` empty: of the whole site; `shipped`: came with the software.

    `weights_path` is relative to the installation for shipped weights (so that a moved installation finds them),
    absolute otherwise. At most one version is in use per project (or site), task and class list.
    """

    name = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    task = models.CharField(max_length=20, choices=Task.choices)
    architecture = models.CharField(max_length=60)
    class_list = models.ForeignKey(
        ClassList, null=True, blank=True, on_delete=models.PROTECT, related_name="models"
    )
    weights_sha256 = models.CharField(max_length=64)
    weights_path = models.CharField(max_length=500)
    card = models.JSONField()
    state = models.CharField(max_length=20, choices=ModelState.choices, default=ModelState.CANDIDATE)
    shipped = models.BooleanField(default=False, editable=False)
    project = models.ForeignKey(
        Project, null=True, blank=True, on_delete=models.PROTECT, related_name="models"
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ("task", "name", "-version")
        constraints = (
            models.UniqueConstraint(
                fields=("name", "version"),
                condition=Q(project__isnull=True),
                name="registry_site_model_version",
            ),
            models.UniqueConstraint(
                fields=("project", "name", "version"),
                condition=Q(project__isnull=False),
                name="registry_project_model_version",
            ),
            # NULLs are distinct in a unique index on both databases, so each combination of an empty project and an
            # empty class list has a constraint of its own.
            models.UniqueConstraint(
                fields=("task",),
                condition=Q(state="active", project__isnull=True, class_list__isnull=True),
                name="registry_one_active_site",
            ),
            models.UniqueConstraint(
                fields=("task", "class_list"),
                condition=Q(state="active", project__isnull=True, class_list__isnull=False),
                name="registry_one_active_site_list",
            ),
            models.UniqueConstraint(
                fields=("project", "task"),
                condition=Q(state="active", project__isnull=False, class_list__isnull=True),
                name="registry_one_active_project",
            ),
            models.UniqueConstraint(
                fields=("project", "task", "class_list"),
                condition=Q(state="active", project__isnull=False, class_list__isnull=False),
                name="registry_one_active_project_list",
            ),
            models.CheckConstraint(condition=Q(state__in=ModelState.values), name="registry_model_state"),
            models.CheckConstraint(
                condition=Q(task="locate", class_list__isnull=True)
                | Q(task="classify", class_list__isnull=False),
                name="registry_classifier_has_class_list",
            ),
            models.CheckConstraint(condition=Q(weights_sha256__length=64), name="registry_model_sha256"),
            models.CheckConstraint(
                condition=Q(shipped=False) | Q(project__isnull=True), name="registry_shipped_is_of_the_site"
            ),
        )

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Return the name for people, such as "compact v2"."""
        return f"{self.name} v{self.version}"

    @property
    def absolute_weights_path(self) -> str:
        """Return where the weights file lies on this machine."""
        return str(settings.BASE_DIR / self.weights_path)

import apps.datasets.models.picture
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        # Events of the kind "import".
        ("cells", "0007_boxes_by_hand"),
        ("jobs", "0001_initial"),
        ("slides", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Import",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "format",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("voc", "Pascal VOC"),
                            ("yolo", "YOLO"),
                            ("coco", "COCO"),
                            ("csv", "CSV"),
                            ("imagefolder", "A folder of cells for each class"),
                            ("geojson", "QuPath GeoJSON"),
                            ("bundle", "wbcweb bundle"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "grouping",
                    models.CharField(
                        choices=[
                            ("one-slide", "One slide with all pictures as its fields"),
                            ("slide-per-picture", "One slide for each picture"),
                        ],
                        default="one-slide",
                        max_length=20,
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=200)),
                ("analyse", models.BooleanField(default=False)),
                ("source_key", models.CharField(blank=True, max_length=200)),
                ("size", models.PositiveBigIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("reading", "Being read"),
                            ("mapping", "Waiting for its classes"),
                            ("storing", "Being stored"),
                            ("done", "Done"),
                        ],
                        default="reading",
                        max_length=10,
                    ),
                ),
                ("found", models.JSONField(default=dict)),
                ("mapping", models.JSONField(default=dict)),
                ("counts", models.JSONField(default=dict)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="jobs.job",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="imports",
                        to="accounts.project",
                    ),
                ),
                (
                    "requester",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ImportedPicture",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                ("path", models.CharField(blank=True, max_length=400)),
                ("label", models.CharField(blank=True, max_length=200, null=True)),
                ("shapes", models.JSONField(default=list)),
                ("more", models.JSONField(default=dict)),
                ("width", models.PositiveIntegerField(blank=True, null=True)),
                ("height", models.PositiveIntegerField(blank=True, null=True)),
                ("boxes", models.PositiveIntegerField(default=0)),
                ("unread", models.PositiveIntegerField(default=0)),
                ("left_out", models.PositiveIntegerField(default=0)),
                ("cells", models.PositiveIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("stored", "Stored"),
                            ("duplicate", "In the project already"),
                            ("left-out", "Left out by the mapping"),
                            ("failed", "Not stored"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                (
                    "image_key",
                    models.CharField(
                        default=apps.datasets.models.picture.new_image_key, editable=False, max_length=200
                    ),
                ),
                (
                    "thumbnail_key",
                    models.CharField(
                        default=apps.datasets.models.picture.new_thumbnail_key, editable=False, max_length=200
                    ),
                ),
                (
                    "field",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="slides.field",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pictures",
                        to="datasets.import",
                    ),
                ),
            ],
            options={
                "ordering": ["source", "position"],
            },
        ),
        migrations.CreateModel(
            name="ImportRemark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("path", models.CharField(blank=True, max_length=400)),
                ("place", models.CharField(blank=True, max_length=500)),
                ("odd", models.CharField(max_length=40)),
                ("message", models.CharField(max_length=500)),
                ("boxes", models.PositiveIntegerField(default=0)),
                (
                    "picture",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="remarks",
                        to="datasets.importedpicture",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="remarks",
                        to="datasets.import",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Provenance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("told", models.JSONField(default=dict)),
                (
                    "cell",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cells.cell"
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="datasets.import",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="CropDigest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("pixel_sha256", models.CharField(max_length=64)),
                (
                    "cell",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cells.cell"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.project"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("project", "pixel_sha256"), name="datasets_crop_pixels_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "format",
                    models.CharField(
                        choices=[
                            ("voc", "Pascal VOC"),
                            ("yolo", "YOLO"),
                            ("coco", "COCO"),
                            ("csv", "CSV"),
                            ("imagefolder", "A folder of cells for each class"),
                            ("geojson", "QuPath GeoJSON"),
                            ("bundle", "wbcweb bundle"),
                        ],
                        max_length=20,
                    ),
                ),
                ("slides", models.JSONField(default=list)),
                ("only_complete", models.BooleanField(default=False)),
                (
                    "labels",
                    models.CharField(
                        choices=[
                            ("human", "Only cells that a person has classed"),
                            (
                                "with-suggestions",
                                "All cells, with the model's class where no person gave one",
                            ),
                        ],
                        default="human",
                        max_length=20,
                    ),
                ),
                ("names", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("writing", "Being written"), ("ready", "Ready"), ("expired", "Removed")],
                        default="writing",
                        max_length=10,
                    ),
                ),
                ("counts", models.JSONField(default=dict)),
                ("file_key", models.CharField(blank=True, max_length=255)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                (
                    "job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="jobs.job",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exports",
                        to="accounts.project",
                    ),
                ),
                (
                    "requester",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
                "indexes": [models.Index(fields=["project", "-id"], name="datasets_export_of_project")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("format__in", ["voc", "yolo", "coco", "csv", "imagefolder", "geojson", "bundle"])
                        ),
                        name="datasets_export_format_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("labels__in", ["human", "with-suggestions"])),
                        name="datasets_export_labels_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("expires_at__isnull", False),
                                ("state", "ready"),
                                models.Q(("file_key", ""), _negated=True),
                            ),
                            models.Q(("file_key", ""), ("state__in", ["writing", "expired"])),
                            _connector="OR",
                        ),
                        name="datasets_export_ready_has_file",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="import",
            index=models.Index(fields=["project", "-id"], name="datasets_import_of_project"),
        ),
        migrations.AddConstraint(
            model_name="import",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("format", ""),
                    ("format__in", ["voc", "yolo", "coco", "csv", "imagefolder", "geojson", "bundle"]),
                    _connector="OR",
                ),
                name="datasets_import_format_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="import",
            constraint=models.CheckConstraint(
                condition=models.Q(("grouping__in", ["one-slide", "slide-per-picture"])),
                name="datasets_import_grouping_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="import",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["reading", "mapping", "storing", "done"])),
                name="datasets_import_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="import",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at__isnull", False), ("state", "done")),
                    models.Q(models.Q(("state", "done"), _negated=True), ("finished_at__isnull", True)),
                    _connector="OR",
                ),
                name="datasets_import_done_has_time",
            ),
        ),
        migrations.AddIndex(
            model_name="importedpicture",
            index=models.Index(fields=["source", "state", "position"], name="datasets_picture_waiting"),
        ),
        migrations.AddConstraint(
            model_name="importedpicture",
            constraint=models.UniqueConstraint(
                fields=("source", "position"), name="datasets_picture_position_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="importedpicture",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "stored", "duplicate", "left-out", "failed"])),
                name="datasets_picture_state_known",
            ),
        ),
        migrations.AddIndex(
            model_name="importremark",
            index=models.Index(fields=["source", "id"], name="datasets_remark_of_import"),
        ),
    ]

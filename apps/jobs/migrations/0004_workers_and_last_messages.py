from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """Tell what each worker has; remember when a message went out; sweep attempts that hold an intermediate effect.

    The rows of the old table are seconds old by nature: each worker writes its own again when it next says it lives.
    """

    dependencies = [("jobs", "0003_job_request_id")]

    operations = [
        migrations.DeleteModel(name="WorkerNode"),
        migrations.CreateModel(
            name="Worker",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200, unique=True)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("embedded", "Worker"),
                            ("celery", "Celery worker"),
                            ("reaper", "Reaper"),
                        ],
                        max_length=10,
                    ),
                ),
                ("label", models.CharField(blank=True, max_length=200)),
                ("host", models.CharField(max_length=200)),
                ("pid", models.PositiveIntegerField()),
                ("queues", models.JSONField(default=dict)),
                ("device", models.CharField(blank=True, max_length=200)),
                ("device_problem", models.CharField(blank=True, max_length=300)),
                ("versions", models.JSONField(default=dict)),
                ("started_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(db_index=True)),
            ],
            options={"ordering": ["host", "name"]},
        ),
        migrations.AddConstraint(
            model_name="worker",
            constraint=models.CheckConstraint(
                condition=Q(role__in=["embedded", "celery", "reaper"]), name="jobs_worker_role"
            ),
        ),
        migrations.AddField(
            model_name="job",
            name="sent_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RemoveIndex(model_name="attempt", name="jobs_attempt_unswept"),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(
                fields=["ended_at"],
                name="jobs_attempt_unswept",
                condition=Q(swept_at__isnull=True) & ~Q(outcome="succeeded"),
            ),
        ),
    ]

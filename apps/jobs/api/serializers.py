from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.jobs import progress, selectors
from apps.jobs.models import Job, State


class ProgressSerializer(serializers.Serializer[progress.ProgressView]):
    """How far a job is; times in seconds, the rate in units a second."""

    stage = serializers.CharField()
    message = serializers.CharField()
    done = serializers.IntegerField(allow_null=True)
    total = serializers.IntegerField(allow_null=True)
    fraction = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    rate = serializers.FloatField(allow_null=True)
    rate_words = serializers.CharField()
    seconds_left = serializers.FloatField(allow_null=True)
    left_words = serializers.CharField()
    seconds_waited = serializers.FloatField()
    seconds_run = serializers.FloatField(allow_null=True)
    cancelling = serializers.BooleanField()
    poll_ms = serializers.IntegerField(allow_null=True)


class JobSerializer(serializers.ModelSerializer[Job]):
    """A job for programs. The traceback of a failure is not part of it."""

    id = serializers.UUIDField(source="public_id")
    project = serializers.UUIDField(source="project.public_id", allow_null=True, default=None)
    requester = serializers.CharField(source="requester.name", allow_null=True, default=None)
    state = serializers.ChoiceField(choices=State.choices)
    metrics = serializers.DictField(source="progress_metrics", child=serializers.FloatField())
    progress = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = (
            "id",
            "kind",
            "title",
            "subject",
            "project",
            "requester",
            "state",
            "attempt",
            "failures",
            "max_attempts",
            "error",
            "progress",
            "metrics",
            "created_at",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields

    @extend_schema_field(ProgressSerializer)
    def get_progress(self, job: Job) -> dict[str, object]:
        """Return the progress at this moment."""
        now = self.context.get("now") or selectors.database_now()
        return dict(ProgressSerializer(progress.view(job, now)).data)

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Configure the ``jobs`` room: how work runs, not what it is."""

    name = "apps.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Enter this room's own clean-ups into the schedule."""
        from apps.jobs import schedule

        schedule.register(schedule.Periodic("jobs.sweep", "apps.jobs.files.sweep", every_s=600))
        schedule.register(
            schedule.Periodic("jobs.forget-workers", "apps.jobs.nodes.forget_old", every_s=3600)
        )

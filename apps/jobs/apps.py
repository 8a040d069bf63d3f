from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Configure the ``jobs`` room: how work runs, not what it is."""

    name = "apps.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Enter this room's own clean-ups into the schedule, and the store's, which has no room above to do so."""
        from apps.core import object_names, registries
        from apps.jobs import checks, schedule

        for check in (checks.workers_and_queues, checks.schedule, checks.failures, checks.broker):
            registries.checks.register(check)

        schedule.register(schedule.Periodic("core.statistics", "apps.core.statistics.refresh", every_s=3600))
        schedule.register(schedule.Periodic("jobs.sweep", "apps.jobs.files.sweep", every_s=600))
        schedule.register(
            schedule.Periodic("core.remove-doomed", "apps.core.disposal.remove_doomed", every_s=60)
        )
        schedule.register(
            schedule.Periodic(
                "accounts.forget-addresses", "apps.accounts.services.erasing.forget_addresses", every_s=600
            )
        )
        # A job that goes on needs its checkpoint; that of one that ended may be gone.
        object_names.register("jobs_job", "checkpoint", where="state IN ('queued', 'running')")
        schedule.register(
            schedule.Periodic(
                "accounts.clear-sessions", "apps.accounts.services.sessions.clear_expired", every_s=3600
            )
        )
        schedule.register(schedule.Periodic("jobs.forget-workers", "apps.jobs.roster.sweep", every_s=3600))

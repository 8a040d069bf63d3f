"""What the staff's side of studies tells the rooms below at start-up."""

from __future__ import annotations


def register() -> None:
    """Register the home page's items, the reminders of the schedule, and the job of the simulated study."""
    from apps.core.registries import home_items
    from apps.jobs import kinds, schedule
    from apps.studies.demo.params import DEMO, DemoParams
    from apps.studies.design import home

    home_items.register(home.waiting)
    schedule.register(
        schedule.Periodic("studies.remind", "apps.studies.design.reminders.remind", every_s=3600)
    )
    kinds.register(
        kinds.JobKind(
            name=DEMO,
            handler="apps.studies.demo.handlers.make",
            params=DemoParams,
            # A second try would begin a second study: the first half may be there already.
            max_attempts=1,
            wall_clock_s=3600,
            no_progress_s=900,
            label="Simulated study",
            unit="readers",
            disk_mb=64,
        )
    )

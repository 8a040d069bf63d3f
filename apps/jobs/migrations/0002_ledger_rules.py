from django.db import migrations

from apps.core.triggers import RefuseUpdate

ENDED = "('succeeded', 'failed', 'cancelled')"


class Migration(migrations.Migration):
    """The order of states, which no CHECK constraint can hold because it needs the row as it was."""

    dependencies = [("jobs", "0001_initial")]

    operations = [
        RefuseUpdate(
            "jobs_job",
            "attempt_never_goes_down",
            when="NEW.attempt < OLD.attempt",
            message="the attempt of a job never goes down",
        ),
        RefuseUpdate(
            "jobs_job",
            "attempt_counts_claims",
            when=(
                "NEW.attempt <> OLD.attempt + "
                "CASE WHEN OLD.state = 'queued' AND NEW.state = 'running' THEN 1 ELSE 0 END"
            ),
            message="the attempt of a job counts its claims",
        ),
        RefuseUpdate(
            "jobs_job",
            "ended_stays_ended",
            when=f"OLD.state IN {ENDED} AND NEW.state <> OLD.state",
            message="a job that has ended never changes its state",
        ),
        RefuseUpdate(
            "jobs_job",
            "results_need_a_lease",
            when="OLD.state = 'queued' AND NEW.state = 'succeeded'",
            message="a job succeeds only while it runs",
        ),
        RefuseUpdate(
            "jobs_job",
            "lease_token_is_never_passed_on",
            when="OLD.state = 'running' AND NEW.state = 'running' AND NEW.lease_token <> OLD.lease_token",
            message="a lease ends before another begins",
        ),
        RefuseUpdate(
            "jobs_attempt",
            "ended_stays_ended",
            when="OLD.outcome <> 'running' AND NEW.outcome <> OLD.outcome",
            message="how an attempt ended never changes",
        ),
    ]

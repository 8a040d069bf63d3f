"""The times of the ledger, in seconds; a site may change one through the Django setting ``JOBS_TIMES``."""

from dataclasses import dataclass, fields
from functools import cache

from django.conf import settings
from django.core.signals import setting_changed


@dataclass(frozen=True, slots=True)
class Times:
    """Every duration that the ledger knows, in seconds.

    The lease must stay above twice SQLite's busy timeout (20 s), so that a beat that waits for the write lock is
    not taken for a dead process.
    """

    lease: float = 90.0
    beat: float = 30.0
    watch: float = 1.0  # how often a running job's row is looked at for a cancel or a lost lease
    progress: float = 1.0  # at most one progress write per this time
    poll: float = 0.2  # how often an embedded lane looks for work
    reap: float = 5.0  # between two rounds of the reaper
    cancel_grace: float = 15.0  # from the flag until a job that does not listen is ended
    stop_grace: float = 25.0  # from an orderly stop until a long job that does not listen is ended
    short_stop_grace: float = 5.0  # the same for a short job in the worker's own process
    kill_grace: float = 10.0  # from terminate to kill
    resend_first: float = 60.0
    resend_longest: float = 900.0
    resend_after_refusal: float = 10.0  # the broker did not take the message
    stalled: float = (
        15.0  # how long a queue must stand still, with a free worker, until its messages count as lost
    )
    retry_first: float = 2.0
    retry_longest: float = 60.0
    worker_fresh: float = 30.0  # a worker seen within this time counts as alive
    sweep_after: float = 600.0  # how long a refused attempt's files may lie


@cache
def times() -> Times:
    """Return the times in force.

    Raises:
        TypeError: when the setting names a time that does not exist.
    """
    return Times(**getattr(settings, "JOBS_TIMES", {}))


def _forget(*, setting: str, **_: object) -> None:
    if setting == "JOBS_TIMES":
        times.cache_clear()


setting_changed.connect(_forget, dispatch_uid="apps.jobs.conf")


def problems() -> list[str]:
    """Return what is wrong with the times, as sentences."""
    now = times()
    found = [
        f"The time {field.name} must be above zero." for field in fields(now) if getattr(now, field.name) <= 0
    ]
    if now.beat * 2 > now.lease:
        found.append("A lease must last at least two beats, or one late beat loses a healthy job.")
    if now.watch > now.beat:
        found.append("A running job must be looked at at least as often as it beats.")
    return found

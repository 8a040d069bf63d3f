"""The jobs room's part of the self-check: workers, queues, reaper, broker, failures, the schedule."""

from collections.abc import Iterator

import redis
from django.conf import settings

from apps.core.checks import Area, Check
from apps.jobs import clock, selectors, wake
from apps.jobs.models import Appointment, Job, State
from apps.jobs.selectors import QueueView, WorkerView
from apps.jobs.words import duration

JOBS = Area("Jobs")

# A job that could run while a worker of its queue has nothing to do is begun within seconds.
STUCK_AFTER_S = 120.0
LONG_WAIT_S = 3600.0
FAILURES_S = 24 * 3600.0
OVERDUE_S = 120.0
_ASK_S = 2.0


def workers_and_queues() -> Iterator[Check]:
    """Look at who works, and whether what waits is taken."""
    workers = selectors.workers()
    yield from _queues(selectors.queues(workers))
    yield from _devices(workers)
    yield _reaper(workers)


def _queues(queues: list[QueueView]) -> Iterator[Check]:
    without = [queue.queue for queue in queues if not queue.workers]
    if without:
        yield JOBS.fail("Workers", f"Nobody takes jobs of {_and(without)}.", _start_workers(without))
    else:
        counts = ", ".join(f"{queue.queue} {queue.workers}" for queue in queues)
        yield JOBS.ok("Workers", f"Every queue has workers: {counts}.")
    waiting = sum(queue.waiting for queue in queues)
    running = sum(queue.running for queue in queues)
    seen = f"{waiting} wait, {running} run."
    late = max(queues, key=lambda queue: queue.oldest_wait_s)
    if late.waiting:
        seen += f" The oldest in {late.queue} has waited for {duration(late.oldest_wait_s)}."
    if any(queue.idle and queue.oldest_wait_s > STUCK_AFTER_S for queue in queues):
        yield JOBS.fail(
            "Waiting jobs",
            f"{seen} A worker that could take it does nothing.",
            "Start the workers again, and look into their log if jobs still wait.",
        )
    elif late.oldest_wait_s > LONG_WAIT_S:
        yield JOBS.warn(
            "Waiting jobs",
            seen,
            "Start more workers, on this machine or another, if people have to wait too long.",
        )
    else:
        yield JOBS.ok("Waiting jobs", seen)


def _start_workers(queues: list[str]) -> str:
    if wake.has_broker():
        return f"Start one: celery -A wbcweb worker -c 1 -Q {','.join(queues)}."
    return (
        "Start the site again with “make run”; if its worker ends by itself, logs/worker.log in the data folder "
        "says why."
    )


def _devices(workers: list[WorkerView]) -> Iterator[Check]:
    for worker in workers:
        if worker.alive and worker.device_problem:
            yield JOBS.warn(
                "Device",
                f"{worker.label or worker.host}: {worker.device_problem}",
                "Correct WBCWEB_DEVICE for that worker, or its driver, and start it again.",
            )
    differing = selectors.differing_versions(workers)
    if differing:
        seen = "; ".join(f"{library} {_and(versions)}" for library, versions in differing.items())
        yield JOBS.warn(
            "Versions",
            f"Workers differ: {seen}.",
            "Install the same versions for all workers: the same picture may be judged differently otherwise.",
        )


def _reaper(workers: list[WorkerView]) -> Check:
    overdue = Appointment.objects.filter(due_at__lt=clock.ahead(-OVERDUE_S)).count()
    if not selectors.reapers(workers):
        todo = (
            "Start one: manage.py reaper." if wake.has_broker() else "Start the site again with “make run”."
        )
        return JOBS.fail(
            "Reaper",
            "None is alive: what a dead worker held is not given to another, and no clean-up is done.",
            todo,
        )
    if overdue:
        return JOBS.fail(
            "Reaper",
            f"It is alive, and {overdue} of its tasks are overdue.",
            "Start it again, and look into its log if they stay overdue.",
        )
    return JOBS.ok("Reaper", "It is alive, and nothing in its schedule is overdue.")


def schedule() -> Check:
    """Look for clean-ups that went wrong."""
    failed = list(Appointment.objects.exclude(error="").values_list("name", flat=True))
    if failed:
        return JOBS.warn(
            "Clean-ups",
            f"The last run of {_and(failed)} went wrong.",
            "Look into the reaper's log for the reason; they are tried again by themselves.",
        )
    return JOBS.ok("Clean-ups", "The last run of each went well.")


def failures() -> Check:
    """Count the jobs that failed within a day."""
    recent = Job.objects.filter(finished_at__gt=clock.ahead(-FAILURES_S))
    failed = recent.filter(state=State.FAILED).count()
    if not failed:
        return JOBS.ok("Failed jobs", "None in the last 24 hours.")
    ended = recent.count()
    return JOBS.warn(
        "Failed jobs",
        f"{failed} of the {ended} that ended in the last 24 hours.",
        "Open the failed ones on the page Jobs: each says why, and has the machine's log for you.",
    )


def broker() -> Iterator[Check]:
    """Ask the broker, where there is one."""
    if not wake.has_broker():
        return
    client = redis.Redis.from_url(
        str(settings.WBCWEB_REDIS_URL), socket_connect_timeout=_ASK_S, socket_timeout=_ASK_S
    )
    try:
        with client:
            client.ping()
            rule = _eviction(client)
    except redis.RedisError as error:
        yield JOBS.fail(
            "Broker",
            f"Redis does not answer ({type(error).__name__}).",
            "Start Redis, or correct WBCWEB_REDIS_URL; waiting jobs begin by themselves as soon as it answers.",
        )
        return
    if rule not in {"noeviction", ""}:
        yield JOBS.warn(
            "Broker",
            f"Redis answers, but may drop messages when its memory is full ({rule}).",
            "Set its maxmemory-policy to noeviction.",
        )
    else:
        yield JOBS.ok("Broker", "Redis answers.")


def _eviction(client: redis.Redis) -> str:
    """Return what Redis does when its memory is full, or nothing when it does not tell."""
    try:
        return str(client.config_get("maxmemory-policy").get("maxmemory-policy", ""))
    except redis.ResponseError:
        return ""


def _and(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]

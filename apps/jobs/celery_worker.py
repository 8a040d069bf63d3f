"""What a Celery worker does besides running tasks: refuse wrong settings, say that it is alive, stop in order."""

import contextlib
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

from celery import signals
from celery.worker import state
from django.db import Error, connections

from apps.jobs import conf, kinds, processes, roster
from apps.jobs.models import WorkerRole

logger = logging.getLogger(__name__)

# Set in a pool process when the worker wants it to end; the running job is then given back.
shutdown_asked = threading.Event()
END_AFTER_S = 2.0

_BROKER_TIMES = {"socket_connect_timeout": 5, "socket_timeout": 5}

_running_worker: list[Any] = []
_entries: list[roster.Entry] = []


def settings_problems(worker: Any) -> list[str]:
    """Return what is wrong with a worker's settings, as sentences; an empty list lets it start.

    Args:
        worker: Celery's worker object after it has read the command line.
    """
    options = worker.app.conf
    longest = max((kind.wall_clock_s for kind in kinds.all_kinds()), default=0.0)
    visibility = (options.broker_transport_options or {}).get("visibility_timeout", 3600)
    pool = getattr(worker.pool_cls, "__module__", str(worker.pool_cls))
    rules = [
        ("prefork" in pool, "The pool must be prefork: a job needs a process that can be replaced."),
        (
            worker.concurrency == 1,
            "The concurrency must be 1 (-c 1): start more workers for more jobs at once.",
        ),
        (worker.prefetch_multiplier == 1, "The prefetch multiplier must be 1, or waiting jobs are hoarded."),
        (bool(options.task_acks_late), "Messages must be acknowledged late (task_acks_late)."),
        (
            bool(options.task_reject_on_worker_lost),
            "Messages of lost processes must return (task_reject_on_worker_lost).",
        ),
        (not options.result_backend, "There must be no result backend: results live in the ledger."),
        (
            visibility > 2 * longest,
            f"The visibility timeout ({visibility:.0f} s) must be more than twice the longest job ({longest:.0f} s).",
        ),
        (
            not worker.time_limit and not worker.soft_time_limit,
            "Celery's time limits must be off: the ledger keeps each kind's own.",
        ),
        (
            set(queue_names(worker)) <= set(kinds.QUEUES),
            f"The queues must be among {', '.join(kinds.QUEUES)} (-Q).",
        ),
    ]
    return [sentence for holds, sentence in rules if not holds] + conf.problems()


def queue_names(worker: Any) -> list[str]:
    """Return the queues that a worker listens to."""
    return list(worker.app.amqp.queues.consume_from)


@signals.celeryd_init.connect
def take_time_for_the_broker(**given: Any) -> None:
    """Wait longer for the broker's answers than a web request may: a worker asks with one second to wait itself."""
    options = given["conf"]
    options.broker_transport_options = {**options.broker_transport_options, **_BROKER_TIMES}


@signals.worker_init.connect
def refuse_wrong_settings(sender: Any, **_: Any) -> None:
    """End the start of a worker that would lose or double work."""
    problems = settings_problems(sender)
    if problems:
        # Celery swallows an ordinary exception of a receiver.
        raise SystemExit("This worker does not start. " + " ".join(problems))


@signals.worker_init.connect
def remember(sender: Any, **_: Any) -> None:
    """Keep the worker, whose pool is not otherwise reachable when it is told to end."""
    _running_worker.append(sender)


@signals.worker_shutting_down.connect
def pass_the_end_on(**_: Any) -> None:
    """Tell the pool processes that the worker ends; Celery would wait for their jobs, for hours if need be."""
    if not state.active_requests:
        return
    for worker in _running_worker:
        for pid in worker.pool.info["processes"]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)


@contextlib.contextmanager
def giving_back() -> Iterator[None]:
    """Let a pool process give its job back when it is told to end while the block runs.

    Set around each task, because Celery's pool installs its own handler after every hook it offers.
    """
    usual = signal.signal(signal.SIGTERM, lambda *_: shutdown_asked.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, usual)
        if shutdown_asked.is_set():
            # The signal has been used up, so the process ends itself, a moment after its message is acknowledged.
            timer = threading.Timer(END_AFTER_S, os._exit, [0])
            timer.daemon = True
            timer.start()


@signals.worker_ready.connect
def say_alive_regularly(sender: Any, **_: Any) -> None:
    """Record every few seconds that this worker lives, from its event loop: a thread would not survive a fork."""
    queues = dict.fromkeys(sender.app.amqp.queues.consume_from, 1)
    entry = roster.Entry(
        WorkerRole.CELERY, processes.own_name(processes.CELERY), label=str(sender.hostname), queues=queues
    )
    _entries.append(entry)

    def say() -> None:
        _bear(entry.say_alive)

    say()
    sender.timer.call_repeatedly(roster.every_s(), say)


@signals.worker_shutdown.connect
def leave_the_roster(**_: Any) -> None:
    """Strike this worker out at once when it ends in order."""
    while _entries:
        _bear(_entries.pop().leave)


def _bear(act: Callable[[], None]) -> None:
    """Write to the database if it answers, and keep no connection: a pool process forked later must not inherit it."""
    try:
        act()
    except Error:
        logger.warning("The database does not answer", exc_info=True)
    finally:
        connections.close_all()


def end_pool_process() -> None:
    """End a pool process whose handler does not stop; the worker starts another."""
    logger.error("The pool process ends: its job does not stop")
    os._exit(75)

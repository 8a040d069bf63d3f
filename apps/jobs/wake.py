"""Wake a worker: through the broker when the site has one; an embedded worker looks by itself.

A message is a hint. It may be lost, doubled or late; the row decides what happens.
"""

import logging
import time
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from apps.jobs import clock
from apps.jobs.conf import times
from apps.jobs.models import Job, State

logger = logging.getLogger(__name__)

TASK = "jobs.run"
# A request must not hang on a broker that is down. The second try is for a connection that was kept from before the
# broker's last restart.
_TRIES = {"retry": True, "retry_policy": {"max_retries": 1, "interval_start": 0.0, "interval_max": 0.0}}


def has_broker() -> bool:
    """Return whether messages go through a broker on this site."""
    return bool(settings.WBCWEB_REDIS_URL)


def on_commit(*, job_id: int) -> None:
    """Send the job's message when the present transaction commits; a rollback sends nothing."""
    if has_broker():
        transaction.on_commit(partial(send_if_due, job_id=job_id), robust=True)


def send_if_due(*, job_id: int) -> None:
    """Send the message of a job that waits and whose time has come; else leave it to the reaper."""
    if is_resting():
        return
    row = (
        Job.objects.filter(pk=job_id, state=State.QUEUED)
        .exclude(not_before__gt=clock.now())
        .values_list("attempt", "queue", "sent")
        .first()
    )
    if row is not None:
        attempt, queue, sent = row
        send(job_id=job_id, attempt=attempt, queue=queue, sent=sent)


def send(*, job_id: int, attempt: int, queue: str, sent: int) -> bool:
    """Send one message and note when the next would be due; a broker that is down is logged and nothing more.

    Args:
        job_id: Number of the row.
        attempt: The row's attempt; a worker claims only when it is still the same.
        queue: Which workers should hear it.
        sent: How many messages have gone out for this attempt already; whoever notes first sends.
    """
    wait = min(times().resend_first * 2**sent, times().resend_longest)
    waiting = Job.objects.filter(pk=job_id, state=State.QUEUED, attempt=attempt)
    noted = {"sent": sent + 1, "sent_at": clock.now(), "resend_at": clock.ahead(wait)}
    if not waiting.filter(sent=sent).update(**noted):
        return False
    try:
        app = import_string(settings.JOBS_CELERY_APP)
        app.send_task(TASK, args=[job_id, attempt], queue=queue, ignore_result=True, **_TRIES)
    except Exception as error:  # noqa: BLE001 - whatever a broker's client raises: the row waits, and is sent again
        logger.warning("The broker did not take the message for job %s; it is sent again: %r", job_id, error)
        _rest()
        again = clock.ahead(times().resend_after_refusal)
        waiting.filter(sent=sent + 1).update(sent=sent, resend_at=again)
        return False
    return True


def is_resting() -> bool:
    """Return whether the broker refused a message of this process a moment ago.

    Nobody should wait for it again and again: what is not sent now is sent by the reaper.
    """
    return time.monotonic() < _resting.until


def _rest() -> None:
    _resting.until = time.monotonic() + times().resend_after_refusal


@dataclass
class _Rest:
    until: float = 0.0


_resting = _Rest()

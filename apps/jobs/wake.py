"""Wake a worker: through the broker when the site has one; an embedded worker looks by itself.

A message is a hint. It may be lost, doubled or late; the row decides what happens.
"""

import logging
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.module_loading import import_string

from apps.jobs import clock
from apps.jobs.conf import times
from apps.jobs.models import Job, State

logger = logging.getLogger(__name__)

TASK = "jobs.run"
# A request must not hang on a broker that is down.
_ONE_TRY = {"retry": False}


def has_broker() -> bool:
    """Return whether messages go through a broker on this site."""
    return bool(settings.WBCWEB_REDIS_URL)


def on_commit(*, job_id: int) -> None:
    """Send the job's message when the present transaction commits; a rollback sends nothing."""
    if has_broker():
        transaction.on_commit(partial(send_if_due, job_id=job_id), robust=True)


def send_if_due(*, job_id: int) -> None:
    """Send the message of a job that waits and whose time has come; else leave it to the reaper."""
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
    if not waiting.filter(sent=sent).update(sent=F("sent") + 1, resend_at=clock.ahead(wait)):
        return False
    try:
        app = import_string(settings.JOBS_CELERY_APP)
        app.send_task(TASK, args=[job_id, attempt], queue=queue, ignore_result=True, **_ONE_TRY)
    except Exception:
        logger.warning(
            "The broker did not take the message for job %s; it is sent again", job_id, exc_info=True
        )
        waiting.update(resend_at=clock.ahead(times().resend_after_refusal))
        return False
    return True

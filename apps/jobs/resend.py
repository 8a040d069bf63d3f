"""Send messages again that seem lost, and send those whose time has come."""

import datetime as dt

from django.db.models import Exists, OuterRef, Q

from apps.jobs import clock, selectors, wake
from apps.jobs.conf import times
from apps.jobs.models import Attempt, Job, State

_AT_ONCE = 500
# The newest claims that are looked at to see which queues move.
_CLAIMS = 200


def resend_due() -> int:
    """Send the message of every waiting job that is due; return how many went out.

    A job that has never been sent (its time has just come, or its worker gave it back) goes out at once. One that
    has been sent goes again after a minute, then after two, four and so on; but not while its queue moves or all
    workers of it are busy, for then it merely waits its turn. It has lost its turn when a job that was asked for after
    its message went out has begun: then the message is lost, however much the queue moves.

    The first message that the broker does not take ends the round: each would hold up what else the reaper does.
    """
    if not wake.has_broker():
        return 0
    waiting = Job.objects.filter(state=State.QUEUED).exclude(not_before__gt=clock.now())
    again = Q(resend_at__lte=clock.now()) | Q(resend_at=None)
    if not waiting.filter(Q(sent=0) | again).exists():
        return 0
    later = Job.objects.filter(
        queue=OuterRef("queue"),
        pk__gt=OuterRef("pk"),
        created_at__gt=OuterRef("sent_at"),
        attempt__gt=0,
    )
    still = ~Q(queue__in=busy_queues() | moving_queues())
    due = waiting.filter(Q(sent=0) | again & (still | Exists(later))).order_by("pk")
    sent_now = 0
    for job_id, attempt, queue, sent in due.values_list("pk", "attempt", "queue", "sent")[:_AT_ONCE]:
        if wake.is_resting():
            break
        sent_now += wake.send(job_id=job_id, attempt=attempt, queue=queue, sent=sent)
    return sent_now


def busy_queues() -> set[str]:
    """Return the queues whose living workers all have a job."""
    return {queue.queue for queue in selectors.queues() if queue.workers and not queue.idle}


def moving_queues() -> set[str]:
    """Return the queues of which a job was begun a moment ago.

    Between two short jobs a worker looks idle. Messages sent again then would only be work for it, and it would come
    to its jobs the later.
    """
    since = selectors.database_now() - dt.timedelta(seconds=times().stalled)
    newest = Attempt.objects.order_by("-pk").values_list("job__queue", "started_at")[:_CLAIMS]
    return {queue for queue, started_at in newest if started_at > since}

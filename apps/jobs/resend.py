"""Send messages again that seem lost, and send those whose time has come."""

from django.db.models import Exists, OuterRef, Q

from apps.jobs import clock, selectors, wake
from apps.jobs.models import Job, State

_AT_ONCE = 500


def resend_due() -> int:
    """Send the message of every waiting job that is due; return how many went out.

    A job that has never been sent (its time has just come, or its worker gave it back) goes out at once. One that
    has been sent goes again after a minute, then after two, four and so on; but not while every worker of its queue
    is busy, for then it merely waits its turn. It has lost its turn when a job that was asked for after its message
    went out has begun: then the message is lost, however busy the workers are.

    The first message that the broker does not take ends the round: each would hold up what else the reaper does.
    """
    if not wake.has_broker():
        return 0
    waiting = Job.objects.filter(state=State.QUEUED).exclude(not_before__gt=clock.now())
    later = Job.objects.filter(
        queue=OuterRef("queue"),
        pk__gt=OuterRef("pk"),
        created_at__gt=OuterRef("sent_at"),
        attempt__gt=0,
    )
    again = Q(resend_at__lte=clock.now()) | Q(resend_at=None)
    due = waiting.filter(Q(sent=0) | again & (~Q(queue__in=busy_queues()) | Exists(later))).order_by("pk")
    sent_now = 0
    for job_id, attempt, queue, sent in due.values_list("pk", "attempt", "queue", "sent")[:_AT_ONCE]:
        if wake.is_resting():
            break
        sent_now += wake.send(job_id=job_id, attempt=attempt, queue=queue, sent=sent)
    return sent_now


def busy_queues() -> list[str]:
    """Return the queues whose living workers all have a job."""
    return [queue.queue for queue in selectors.queues() if queue.workers and not queue.idle]

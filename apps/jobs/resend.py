"""Send messages again that seem lost, and send those whose time has come."""

from django.db.models import Count, Q

from apps.jobs import clock, wake
from apps.jobs.conf import times
from apps.jobs.models import Job, State, WorkerNode

_AT_ONCE = 500


def resend_due() -> int:
    """Send the message of every waiting job that is due; return how many went out.

    A job that has never been sent (its time has just come, or its worker gave it back) goes out at once. One that
    has been sent goes again after a minute, then after two, four and so on; but not while every worker of its queue
    is busy, for then it merely waits its turn.
    """
    if not wake.has_broker():
        return 0
    waiting = Job.objects.filter(state=State.QUEUED).exclude(not_before__gt=clock.now())
    due = waiting.filter(Q(sent=0) | Q(resend_at__lte=clock.now()) | Q(resend_at=None)).order_by("pk")
    busy = busy_queues()
    return sum(
        wake.send(job_id=job_id, attempt=attempt, queue=queue, sent=sent)
        for job_id, attempt, queue, sent in due.values_list("pk", "attempt", "queue", "sent")[:_AT_ONCE]
        if sent == 0 or queue not in busy
    )


def busy_queues() -> set[str]:
    """Return the queues whose known workers all have a job."""
    slots: dict[str, int] = {}
    for queues in WorkerNode.objects.filter(seen_at__gt=clock.ahead(-times().worker_fresh)).values_list(
        "queues", flat=True
    ):
        for queue, count in queues.items():
            slots[queue] = slots.get(queue, 0) + int(count)
    running = dict(
        Job.objects.filter(state=State.RUNNING, lease_expires_at__gt=clock.now())
        .order_by()
        .values_list("queue")
        .annotate(n=Count("pk"))
    )
    return {queue for queue, n in running.items() if queue in slots and n >= slots[queue]}

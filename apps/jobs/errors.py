"""What can happen to a job while it runs."""

from enum import StrEnum


class JobFailed(Exception):  # noqa: N818 - read at the place that raises it
    """End a job with a sentence for the person who asked for it.

    Args:
        message: The sentence; shown as it is.
        retry: Whether another attempt may do better.
    """

    def __init__(self, message: str, *, retry: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.retry = retry


class Reason(StrEnum):
    """Why a running handler is asked to stop."""

    CANCELLED = "cancelled"  # a person asked for it
    SHUTDOWN = "shutdown"  # the worker ends in order; the job goes back to the queue
    LOST = "lost"  # the lease is somebody else's now; nothing of this attempt may count
    OVERRUN = "overrun"  # a limit of the kind is used up
    MORE = "more"  # there is more to do than the handler knew; the job goes back to the queue


class JobStopped(BaseException):
    """Leave a handler because its job must stop.

    Not an ``Exception``: a handler that deals with bad files one by one catches those, and must not swallow this.
    """

    reason: Reason = Reason.LOST


class JobCancelled(JobStopped):
    """A person cancelled the job."""

    reason = Reason.CANCELLED


class JobInterrupted(JobStopped):
    """The worker shuts down; the job will run again."""

    reason = Reason.SHUTDOWN


class MoreToDo(JobStopped):
    """Raised by an effect in the finishing transaction: something came up that this job should do as well.

    The transaction is undone and the job goes back to its queue; this counts against nothing.
    """

    reason = Reason.MORE


class LeaseLost(JobStopped):
    """Another attempt, or the reaper, has taken the job; nothing of this attempt counts."""

    reason = Reason.LOST


class JobOverrun(JobStopped):
    """The job used up its time; it has been failed already."""

    reason = Reason.OVERRUN


STOPPED: dict[Reason, type[JobStopped]] = {
    kind.reason: kind for kind in (JobCancelled, JobInterrupted, MoreToDo, LeaseLost, JobOverrun)
}

"""How a running handler hears that it must stop."""

import threading

from apps.jobs.errors import STOPPED, Reason


class StopFlag:
    """Why a handler must stop, if it must; set by the heartbeat, the limits or the worker, read by the handler.

    Args:
        shutdown: Set by the worker when it ends in order; shared by all that runs in the process.
    """

    def __init__(self, shutdown: threading.Event | None = None) -> None:
        self._shutdown = shutdown
        self._reason: Reason | None = None
        self._lock = threading.Lock()

    def set(self, reason: Reason) -> None:
        """Give a reason; the first one stays, except that a lost lease is stronger than any other."""
        with self._lock:
            if self._reason is None or reason is Reason.LOST:
                self._reason = reason

    @property
    def shutdown(self) -> threading.Event | None:
        """Return what the worker sets when it ends in order."""
        return self._shutdown

    @property
    def reason(self) -> Reason | None:
        """Return the reason to stop, or None to go on."""
        if self._reason is None and self._shutdown is not None and self._shutdown.is_set():
            return Reason.SHUTDOWN
        return self._reason

    def check(self) -> None:
        """Return when the work may go on.

        Raises:
            JobStopped: of the kind that the reason asks for.
        """
        reason = self.reason
        if reason is not None:
            raise STOPPED[reason]

"""The process of one long job: ``python -m apps.jobs.child LOG``, with its claim on the first line of standard input.

LOG is the number of an open file to which the lines of the log go, besides standard error.

The pipe stays open while the parent lives. "stop" on it asks for an orderly end; its closing means that the parent
is gone, and then nobody watches the limits any more, so the job is given back too.
"""

import contextlib
import logging
import os
import signal
import sys
import threading
import time

logger = logging.getLogger("apps.jobs.child")


def main() -> int:
    """Run one claim; return the exit code."""
    parent = os.getppid()
    with contextlib.suppress(OSError):
        os.nice(10)  # everything else on the machine goes first
    line = sys.stdin.readline()
    if not line.strip():
        return 64
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wbcweb.settings")
    import django

    django.setup()
    if len(sys.argv) > 1:
        _log_to(int(sys.argv[1]))
    from apps.core import context
    from apps.jobs.claim import Claim
    from apps.jobs.execution import run_claimed

    shutdown = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: shutdown.set())
    threading.Thread(target=_listen, args=(shutdown,), name="word", daemon=True).start()
    threading.Thread(target=_watch_parent, args=(shutdown, parent), name="parent", daemon=True).start()
    held = Claim.from_json(line)
    with context.of_job(**held.for_the_log()):
        outcome = run_claimed(held, shutdown=shutdown, limited=False)
        logger.info("Ended: %s", outcome)
    return 0


def _log_to(descriptor: int) -> None:
    """Write the lines of the log to one more place, in the same form."""
    os.set_inheritable(descriptor, False)  # noqa: FBT003 - this process may start others, which have nothing to say
    root = logging.getLogger()
    more = logging.StreamHandler(os.fdopen(descriptor, "w", encoding="utf-8", errors="replace"))
    for handler in root.handlers:
        more.setFormatter(handler.formatter)
    root.addHandler(more)


def _listen(shutdown: threading.Event) -> None:
    """Wait for the parent's word, or for the end of its pipe."""
    if sys.stdin.readline():
        shutdown.set()  # the parent is there and ends this process when it takes too long
    else:
        _orphaned(shutdown)


def _watch_parent(shutdown: threading.Event, parent: int) -> None:
    """Notice the parent's end also when something else holds its pipe open."""
    while os.getppid() == parent:
        time.sleep(1.0)
    _orphaned(shutdown)


def _orphaned(shutdown: threading.Event) -> None:
    """Stop in order, and if that takes too long, at once."""
    from apps.jobs.conf import times

    shutdown.set()
    time.sleep(times().stop_grace)
    os._exit(75)


if __name__ == "__main__":
    sys.exit(main())

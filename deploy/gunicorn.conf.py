"""How gunicorn serves wbcweb: read by `make run`, by `make serve` and in the container.

Numbers may be changed through WEB_CONCURRENCY (processes) and GUNICORN_CMD_ARGS.
"""

import os
from importlib import import_module
from pathlib import Path
from typing import Any

wsgi_app = "wbcweb.wsgi"
bind = f"0.0.0.0:{os.environ.get('WBCWEB_PORT') or 8000}"  # in the container; `make run` and `make serve` say their own

# Threads, because most of a request is waiting for the database or for a store. Processes, so that one that ends leaves
# the others; more than two pay only where nothing else works on the machine.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY") or min(2, os.cpu_count() or 1))
threads = 8

# A process that says nothing for so long is replaced; a large upload on a slow line may take it.
timeout = 120
graceful_timeout = 25
keepalive = 75  # longer than the proxy keeps a connection, so that it never sends on one that has just ended

# A slow leak in a library never grows. Not all processes at once.
max_requests = 20_000
max_requests_jitter = 4_000

# A heartbeat that waits for a disk looks like a process that hangs.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - the file has no name
control_socket_disable = True

loglevel = "warning"  # requests are logged by the site itself, with who and how long
logger_class = "wbcweb.server_log.ServerLogger"


def post_worker_init(worker: Any) -> None:
    """Let a process have at hand what the first count needs, and when it stops close its door at once.

    What has begun is answered. By itself gunicorn leaves the door open meanwhile, and whoever comes waits in vain for
    half a minute; closed, the proxy hears at once that it must ask another.
    """
    import_module("scipy.special")  # a third of a second that nobody should wait for (exact intervals)
    usual = worker.set_accept_enabled

    def set_accept_enabled(enabled: bool) -> None:  # noqa: FBT001 - gunicorn's signature
        usual(enabled)
        if not enabled and not worker.alive:
            for door in worker.sockets:
                door.close()

    worker.set_accept_enabled = set_accept_enabled

"""Ask a site of tests for work, from a process of its own: one JSON object a line, one answer a line."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import django


def submit(kind: str, count: int, params: dict[str, Any], pause: float, *, commit: bool) -> list[str]:
    """Ask for work, each piece in a transaction of its own; return the names of the jobs."""
    from django.db import transaction

    from apps.jobs import kinds, services
    from apps.jobs import params as parameters

    wanted = parameters.decode(kinds.get(kind).params, params)
    made = []
    for _ in range(count):
        with transaction.atomic():
            job = services.submit(kind=kind, params=wanted, requester=None)
            if not commit:
                transaction.set_rollback(True)
        made.append(str(job.public_id))
        time.sleep(pause)
    return made


def cancel(job: str) -> str:
    """Cancel a job; return its state afterwards."""
    from apps.accounts.models import User
    from apps.jobs import services
    from apps.jobs.models import Job

    boss = User.objects.get(email="boss@example.org")
    return services.cancel(job=Job.objects.get(public_id=job), actor=boss).state


def prepare() -> str:
    """Make the database."""
    from django.core.management import call_command

    from apps.accounts.models import User
    from tests.jobs import work

    call_command("migrate", verbosity=0)
    work.make_effects_table()
    work.seal_effects_table()
    User.objects.create_superuser(email="boss@example.org", password="correct horse battery staple")
    return "ready"


def timed(kind: str, params: dict[str, Any]) -> dict[str, Any]:
    """Ask for one piece of work; return its name and how many seconds the asking took."""
    begun = time.monotonic()
    [job] = submit(kind, 1, params, 0.0, commit=True)
    return {"job": job, "seconds": time.monotonic() - begun}


def sweep() -> int:
    """Remove what refused attempts have left, as the schedule does every ten minutes; return how many were swept."""
    from apps.jobs import files

    return files.sweep(after_s=0)


def doomed(kind: str, count: int, params: dict[str, Any], *, committed: bool) -> list[str]:
    """Ask for work from processes that are killed before they send its message, or before they commit."""
    from django.db import connection, transaction

    from apps.jobs import kinds, services, wake
    from apps.jobs import params as parameters

    wanted = parameters.decode(kinds.get(kind).params, params)
    connection.close()  # each process opens its own
    made = []
    for _ in range(count):
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:

            def die(*_: object, **__: object) -> None:
                os.kill(os.getpid(), signal.SIGKILL)

            wake.send = die  # type: ignore[assignment]
            with transaction.atomic():
                job = services.submit(kind=kind, params=wanted, requester=None)
                os.write(writing, str(job.public_id).encode())
                if not committed:
                    die()
            die()  # without a broker there is nothing to send
        os.waitpid(pid, 0)
        os.close(writing)
        made.append(os.read(reading, 64).decode())
        os.close(reading)
    return made


def main() -> None:
    django.setup()
    acts: dict[str, Callable[..., object]] = {
        "submit": submit,
        "timed": timed,
        "cancel": cancel,
        "prepare": prepare,
        "sweep": sweep,
        "doomed": doomed,
    }
    from django.db import close_old_connections

    for line in sys.stdin:
        asked = json.loads(line)
        close_old_connections()  # the server may have been restarted since
        answer = acts[asked.pop("act")](**asked)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

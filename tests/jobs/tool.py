"""Ask a site of tests for work, from a process of its own: one JSON object a line, one answer a line."""

import json
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
    User.objects.create_superuser(email="boss@example.org", password="correct horse battery staple")
    return "ready"


def main() -> None:
    django.setup()
    acts: dict[str, Callable[..., object]] = {"submit": submit, "cancel": cancel, "prepare": prepare}
    for line in sys.stdin:
        asked = json.loads(line)
        answer = acts[asked.pop("act")](**asked)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

"""Ask a site of tests for work, from a process of its own: ``python -m tests.jobs.tool``."""

import argparse
import json
import sys
import time

import django


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("act", choices=["submit", "cancel", "rollback", "table"])
    parser.add_argument("--kind", default="test-quick")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--params", default="{}")
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--job", default="")
    asked = parser.parse_args()
    django.setup()

    from django.db import transaction

    from apps.accounts.models import User
    from apps.jobs import kinds, params, services
    from apps.jobs.models import Job
    from tests.jobs import work

    if asked.act == "table":
        work.make_effects_table()
        User.objects.create_superuser(email="boss@example.org", password="correct horse battery staple")
        return
    if asked.act == "cancel":
        boss = User.objects.get(email="boss@example.org")
        job = services.cancel(job=Job.objects.get(public_id=asked.job), actor=boss)
        sys.stdout.write(job.state)
        return
    made = []
    wanted = params.decode(kinds.get(asked.kind).params, json.loads(asked.params))
    for _ in range(asked.count):
        with transaction.atomic():
            job = services.submit(kind=asked.kind, params=wanted, requester=None)
            if asked.act == "rollback":
                transaction.set_rollback(True)
        made.append(str(job.public_id))
        time.sleep(asked.pause)
    sys.stdout.write(json.dumps(made))


if __name__ == "__main__":
    main()

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.jobs import conf, reaper


class Command(BaseCommand):
    """Run the reaper as a process of its own, beside Celery workers."""

    help = "Take jobs back from dead workers, send lost messages again, keep the schedule. Two at once do no harm."
    # The checks import every page of the site, which this process never shows; migrate and the web server run them.
    requires_system_checks = []

    def handle(self, *_: Any, **__: Any) -> None:
        """Do rounds until SIGTERM or SIGINT."""
        problems = conf.problems()
        if problems:
            raise CommandError(" ".join(problems))
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        reaper.run(stop)

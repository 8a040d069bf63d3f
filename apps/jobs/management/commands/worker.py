import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.jobs import conf, wake
from apps.jobs.embedded import Worker


class Command(BaseCommand):
    """Run jobs on a site without a broker."""

    help = "Run waiting jobs, each queue in a lane of its own, long ones in child processes; and the reaper."
    # The checks import every page of the site, which this process never shows; migrate and the web server run them.
    requires_system_checks = []

    def handle(self, *_: Any, **__: Any) -> None:
        """Work until SIGTERM or SIGINT."""
        if wake.has_broker():
            raise CommandError(
                "WBCWEB_REDIS_URL is set, so Celery workers do the work. "
                "Start them with: celery -A wbcweb worker -Q default,gpu-short -c 1"
            )
        problems = conf.problems()
        if problems:
            raise CommandError(" ".join(problems))
        worker = Worker()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        worker.run()

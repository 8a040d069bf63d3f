"""The Celery application of a site with a broker; without ``WBCWEB_REDIS_URL`` the embedded worker does the work.

Start workers with ``celery -A wbcweb worker -Q default,gpu-short -c 1`` and ``-Q gpu-long -c 1``, on any number of
machines, and one or two ``manage.py reaper``.
"""

import os

from celery import Celery
from django.core.exceptions import ImproperlyConfigured
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wbcweb.settings")

from django.conf import settings

if not settings.WBCWEB_REDIS_URL:
    raise ImproperlyConfigured(
        "WBCWEB_REDIS_URL is not set; without a broker the work is done by: manage.py worker"
    )

WEEK_S = 7 * 24 * 3600

app = Celery("wbcweb", broker=settings.WBCWEB_REDIS_URL)
app.conf.update(
    # The ledger decides who works; a message only wakes. So a message is kept until its job has ended, none is
    # hoarded, and nothing is stored anywhere else.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    result_backend=None,
    worker_prefetch_multiplier=1,
    worker_concurrency=1,
    worker_pool="prefork",
    task_default_queue="default",
    task_queues=[Queue("default"), Queue("gpu-short"), Queue("gpu-long")],
    task_create_missing_queues=False,
    # Far above the longest job: what is lost comes back through the reaper, not through a second delivery.
    broker_transport_options={
        "visibility_timeout": WEEK_S,
        # A broker that takes the connection and says nothing must not hold up a request; workers have more patience.
        "socket_connect_timeout": 1,
        "socket_timeout": 1,
        "health_check_interval": 10,
    },
    broker_connection_retry_on_startup=True,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_hijack_root_logger=False,
    task_serializer="json",
    accept_content=["json"],
    timezone="UTC",
    imports=["apps.jobs.tasks"],
)

"""Settings of the small site that tests start in processes of its own: the lower rooms and the tests' kinds."""

import json
import os

from wbcweb.settings import *  # noqa: F403 - settings that differ in a few
from wbcweb.settings import DATABASES
from wbcweb.settings import INSTALLED_APPS as ALL_APPS

ROOMS = {"apps.core", "apps.accounts", "apps.jobs"}
INSTALLED_APPS = [
    *(name for name in ALL_APPS if name in ROOMS or not name.startswith(("apps.", "django.contrib.admin"))),
    "django.contrib.admin.apps.SimpleAdminConfig",  # its tables, without every room's pages
    "tests.jobs.testapp",
]
ROOT_URLCONF = "tests.jobs.urls"
if "JOBS_TEST_BUSY_S" in os.environ:
    DATABASES["default"]["OPTIONS"]["timeout"] = float(os.environ["JOBS_TEST_BUSY_S"])
JOBS_TIMES = {
    "lease": 4.0,
    "beat": 1.0,
    "watch": 0.2,
    "progress": 0.2,
    "reap": 0.5,
    "cancel_grace": 1.0,
    "stop_grace": 4.0,
    "short_stop_grace": 1.0,
    "kill_grace": 1.0,
    "retry_first": 0.1,
    "resend_first": 2.0,
    "resend_after_refusal": 1.0,
    "stalled": 1.0,
    "worker_fresh": 3.0,
    **json.loads(os.environ.get("JOBS_TEST_TIMES", "{}")),
}

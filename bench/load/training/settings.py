"""The site's settings, and one kind of job more."""

from wbcweb.settings import *  # noqa: F403 - all of them
from wbcweb.settings import INSTALLED_APPS as USUAL

INSTALLED_APPS = [*USUAL, "bench.load.training"]

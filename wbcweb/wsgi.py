"""The door for web servers: ``gunicorn wbcweb.wsgi``."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wbcweb.settings")

application = get_wsgi_application()

# The addresses bring in the views and all they need. What is there now stays for ever: without this, the collector
# looks through it again and again, each time holding up whatever is being answered for a tenth of a second.
get_resolver().url_patterns  # noqa: B018 - read for its effect
gc.collect()
gc.freeze()
# A page of a hundred rows makes thousands of objects that live as long as the request: looking for rings among them
# every 700 finds none and takes as long as the page.
gc.set_threshold(20_000, 10, 10)

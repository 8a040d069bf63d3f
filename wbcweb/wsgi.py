"""The door for web servers: ``gunicorn wbcweb.wsgi``."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wbcweb.settings")

application = get_wsgi_application()

"""gunicorn's own words in the form of the site's log: ``gunicorn --logger-class wbcweb.server_log.ServerLogger``.

Once a web process has loaded the site, its words take the site's way by themselves; this is for those before, and
for the process that watches over the others.
"""

import os
from typing import Any

from gunicorn.glogging import Logger

from apps.core.logs import FORMATTERS


class ServerLogger(Logger):
    """Write what gunicorn says as WBCWEB_LOG_FORMAT wants it."""

    def setup(self, cfg: Any) -> None:
        """Take the settings of the server."""
        super().setup(cfg)
        formatter = FORMATTERS.get(os.environ.get("WBCWEB_LOG_FORMAT", "").lower(), FORMATTERS["line"])()
        for handler in self.error_log.handlers:
            handler.setFormatter(formatter)

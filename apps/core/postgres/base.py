"""Django's database wrapper, which asks the server nothing before a request; named by the settings' ``ENGINE``."""

from __future__ import annotations

import select
from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to PostgreSQL that is known to be alive while nothing waits on its line.

    A server that ends or is restarted closes the line, and then there is something to read; only then is it asked.
    One that went without a word is found out by the limits of the line itself (``wbcweb.env``).
    """

    def is_usable(self) -> bool:
        """Return whether statements can be sent."""
        connection: Any = self.connection
        if connection is None or connection.closed:
            return False
        line = select.poll()
        line.register(connection.fileno(), select.POLLIN)
        return not line.poll(0) or bool(super().is_usable())

"""Bear a database that is away: what a worker has to say to the ledger is said again when it is back.

A restart of the server, a cut line or a lock that somebody holds for minutes is no fault of the job that happens to
run. Every word of a worker proves the job's token, so saying one twice does no harm: the second is refused.
"""

import logging
import threading
from collections.abc import Callable
from typing import Final, TypeVar

from django.db import Error, InterfaceError, InternalError, OperationalError, connection, transaction

logger = logging.getLogger(__name__)

T = TypeVar("T")

# What Django raises when the connection is gone (the last one when PostgreSQL has ended a session that stood still in
# a transaction), and for some other things.
AWAY: Final = (OperationalError, InterfaceError, InternalError)
_TRIES: Final = 3
_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 2.0


def insist(
    act: Callable[[], T],
    *,
    shutdown: threading.Event | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> T:
    """Do an act of the ledger, again and again while the database is away, and return what it returns.

    An error that is raised although the database answers is tried twice more and then goes through. Inside a
    transaction there is no second try: the transaction is lost with its connection.

    Args:
        act: Something that may be done again after it was done half, or done and not answered.
        shutdown: Set when the process ends; the error then goes through.
        meanwhile: Called before every further try.
    """
    if connection.in_atomic_block:
        return act()
    tries, pause = 1, _FIRST_PAUSE_S
    while True:
        try:
            return act()
        except AWAY as error:
            connection.close()
            if _answers():
                if tries == _TRIES:
                    raise
                tries += 1
            else:
                logger.warning("The database does not answer, trying again: %s", str(error).strip())
            if (shutdown or threading.Event()).wait(pause):
                raise
        pause = min(pause * 2, _LONGEST_PAUSE_S)
        if meanwhile is not None:
            meanwhile()


def _answers() -> bool:
    """Return whether the database would take a write at this moment."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:  # on SQLite this takes the write lock
            cursor.execute("SELECT 1")
    except Error:
        connection.close()
        return False
    return True

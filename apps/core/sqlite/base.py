"""Django's database wrapper, whose transactions queue for the write lock; named by the settings' ``ENGINE``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base

from apps.core.sqlite.queue import WriteQueue, queue_of


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to SQLite whose transactions wait in a queue, not by sleeping (see ``queue``)."""

    _waited_in: WriteQueue | None = None

    def _start_transaction_under_autocommit(self) -> None:
        # All our transactions begin IMMEDIATE, so the lock is taken here and held until commit or rollback.
        queue = None if self.is_in_memory_db() else queue_of(Path(str(self.settings_dict["NAME"])))
        if queue is not None and self._waited_in is None and queue.enter():
            self._waited_in = queue
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc] # unknown to the stubs
        except BaseException:
            self._leave()
            raise

    def _commit(self) -> Any:
        # A commit that fails leaves the transaction open, and the rollback that follows leaves the queue.
        done = super()._commit()  # type: ignore[misc] # unknown to the stubs
        self._leave()
        return done

    def _rollback(self) -> Any:
        try:
            return super()._rollback()  # type: ignore[misc] # unknown to the stubs
        finally:
            self._leave()

    def _close(self) -> Any:
        try:
            return super()._close()  # type: ignore[misc] # unknown to the stubs
        finally:
            self._leave()

    def _leave(self) -> None:
        queue, self._waited_in = self._waited_in, None
        if queue is not None:
            queue.leave()

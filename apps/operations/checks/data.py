"""Where the data are: database, tables, stored files, disks, clock."""

import time
from collections.abc import Iterator

from django.db import connection
from django.utils import timezone

from apps.core import disk, storage
from apps.core.checks import Area, Check
from apps.core.schema_state import schema_state
from apps.jobs.selectors import database_now
from apps.operations.figures import database_bytes

DATA = Area("Data")
SLOW_S = 0.5
CLOCKS_S = (2.0, 30.0)  # a difference worth a word, and one that spoils times


def database() -> Check:
    """Ask the database something and take the time."""
    begin = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version")
        version = str(cursor.fetchone()[0]).split()[0]
    took = time.perf_counter() - begin
    name = "SQLite" if connection.vendor == "sqlite" else "PostgreSQL"
    seen = f"{name} {version}, {disk.size(database_bytes())}, answers in {took * 1000:.0f} ms."
    if took > SLOW_S:
        return DATA.warn(
            "Database",
            seen,
            "See what else keeps its machine or disk busy: every page waits for the database.",
        )
    return DATA.ok("Database", seen)


def tables() -> Check:
    """Compare the tables with what this version of the software expects."""
    state = schema_state()
    if state.pending:
        waiting = ", ".join(f"{app} {name}" for app, name in state.pending[:5])
        return DATA.fail(
            "Tables",
            f"{len(state.pending)} changes of the tables are not made yet: {waiting}.",
            "Run “make upgrade”: it makes a backup, changes the tables, and the site can be started again.",
        )
    if state.unknown:
        newer = ", ".join(f"{app} {name}" for app, name in state.unknown[:5])
        return DATA.warn(
            "Tables",
            f"They were changed by a newer version of the software: {newer}.",
            "Install the version that was in use, or go back to a backup of the time before it.",
        )
    return DATA.ok("Tables", "They are as this version expects them.")


def store() -> Check:
    """Write, read and remove a small file where pictures are kept."""
    problem = storage.problem(write=True)
    if problem is not None:
        return DATA.fail(
            "Stored files",
            problem,
            "Make the place writable for the account that runs the site, or correct the settings of the store.",
        )
    return DATA.ok("Stored files", f"A file can be written, read and removed: {storage.current().name}.")


def disks() -> Iterator[Check]:
    """Look at the room on every disk the site writes to."""
    for room in disk.rooms():
        seen = f"{disk.size(room.free)} of {disk.size(room.total)} are free at {room.folder}."
        if room.low:
            yield DATA.fail(
                "Disk",
                f"{seen} {disk.size(room.reserve)} are kept free, so uploads and jobs are refused.",
                "Free space on this disk, or give the site a larger one; labels are still saved.",
            )
        elif room.free < 3 * room.reserve or room.free < 0.05 * room.total:
            yield DATA.warn("Disk", seen, "Free space soon: at the limit, uploads and jobs are refused.")
        else:
            yield DATA.ok("Disk", seen)


def clock() -> Check:
    """Compare this machine's clock with the database's."""
    if connection.vendor == "sqlite":
        return DATA.ok("Clock", "Database and site share this machine's clock.")
    apart = abs((database_now() - timezone.now()).total_seconds())
    seen = f"This machine and the database's are {apart:.1f} s apart."
    if apart < CLOCKS_S[0]:
        return DATA.ok("Clock", seen)
    todo = "Let both machines take their time from a time server (NTP)."
    return DATA.warn("Clock", seen, todo) if apart < CLOCKS_S[1] else DATA.fail("Clock", seen, todo)

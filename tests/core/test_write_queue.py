"""The queue before SQLite's write lock: in turn, without sleeping, and never in the way for long."""

import os
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, connections
from django.test.utils import CaptureQueriesContext

from apps.core.sqlite.base import DatabaseWrapper
from apps.core.sqlite.queue import WriteQueue, queue_of
from wbcweb.env import database_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def wrapper(tmp_path: Path) -> DatabaseWrapper:
    return _wrapper(tmp_path / "db.sqlite3")


def _wrapper(path: Path) -> DatabaseWrapper:
    settings = {
        **connections["default"].settings_dict,
        **database_at(f"sqlite:///{path}"),
        "TIME_ZONE": None,
        "CONN_HEALTH_CHECKS": False,
        "AUTOCOMMIT": True,
        "ATOMIC_REQUESTS": False,
    }
    return DatabaseWrapper(settings, alias=f"other-{path.name}-{threading.get_ident()}")


def test_of_two_only_one_has_its_turn(tmp_path: Path) -> None:
    queue = WriteQueue(tmp_path / "db.sqlite3")
    assert queue.enter()
    assert not queue.enter(patience_s=0.05)
    queue.leave()
    assert queue.enter(patience_s=0.05)
    queue.leave()


def test_another_process_waits_and_a_killed_one_is_in_nobodys_way(tmp_path: Path) -> None:
    database = tmp_path / "db.sqlite3"
    code = (
        "import sys, time; from pathlib import Path; from apps.core.sqlite.queue import WriteQueue; "
        "print(WriteQueue(Path(sys.argv[1])).enter(), flush=True); time.sleep(60)"
    )
    root = Path(__file__).resolve().parents[2]
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(database)], cwd=root, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    with closing(other.stdout):
        assert other.stdout.readline().strip() == "True"
        queue = WriteQueue(database)
        assert not queue.enter(patience_s=0.05)
        other.kill()
        other.wait()
    assert queue.enter(patience_s=1)
    queue.leave()


def test_whoever_waits_goes_on_at_once(tmp_path: Path) -> None:
    queue = WriteQueue(tmp_path / "db.sqlite3")
    entered = threading.Event()
    waited: list[float] = []

    def work() -> None:
        entered.set()
        assert queue.enter()
        waited.append(time.monotonic())
        queue.leave()

    assert queue.enter()
    thread = threading.Thread(target=work)
    thread.start()
    entered.wait()
    time.sleep(0.2)
    left = time.monotonic()
    queue.leave()
    thread.join()
    assert waited[0] >= left


def test_a_busy_process_lets_another_in_between(tmp_path: Path) -> None:
    database = tmp_path / "db.sqlite3"
    code = (
        "import sys, threading, time; from pathlib import Path; from apps.core.sqlite.queue import WriteQueue\n"
        "queue = WriteQueue(Path(sys.argv[1]))\n"
        "def work():\n"
        "    while True:\n"
        "        if queue.enter(): time.sleep(0.003); queue.leave()\n"
        "for _ in range(2): threading.Thread(target=work, daemon=True).start()\n"
        "print('at it', flush=True); sys.stdin.read()"
    )
    root = Path(__file__).resolve().parents[2]
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(database)],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdin is not None
    assert other.stdout is not None
    with closing(other.stdout), closing(other.stdin):
        assert other.stdout.readline().strip() == "at it"
        queue = WriteQueue(database)
        waits = []
        for _ in range(40):
            begun = time.monotonic()
            assert queue.enter()
            waits.append(time.monotonic() - begun)
            queue.leave()
        other.kill()
        other.wait()
    # A stay of the other takes 3 ms; without the door the middle wait was 80 ms here, the longest 1.4 s.
    assert sorted(waits)[20] < 0.03


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_begins_anew_and_holds_nothing_of_its_parents(tmp_path: Path) -> None:
    database = tmp_path / "db.sqlite3"
    queue = queue_of(database)
    assert queue.enter()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        # Neither waits for a lock of a thread that is not here, nor has the turn of its parent.
        os.write(writing, b"1" if queue_of(database).enter(patience_s=0.05) else b"0")
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 1) == b"0"
    os.close(reading)
    os.close(writing)
    queue.leave()


def test_a_transaction_holds_the_turn_until_its_end(wrapper: DatabaseWrapper) -> None:
    queue = queue_of(Path(str(wrapper.settings_dict["NAME"])))
    for end in (wrapper.commit, wrapper.rollback, wrapper.close):
        wrapper.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        assert not queue.enter(patience_s=0.01)
        end()
        assert queue.enter(patience_s=0.01)
        queue.leave()
        if wrapper.connection is not None:
            wrapper.set_autocommit(True)
    wrapper.close()


def test_a_transaction_that_cannot_begin_holds_nothing(wrapper: DatabaseWrapper) -> None:
    with wrapper.cursor() as cursor:
        cursor.execute("CREATE TABLE t (x)")
    wrapper.transaction_mode = "NONSENSE"
    with pytest.raises(DatabaseError):
        wrapper.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
    queue = queue_of(Path(str(wrapper.settings_dict["NAME"])))
    assert queue.enter(patience_s=0.01)
    queue.leave()
    wrapper.close()


def test_the_queue_asks_no_query(wrapper: DatabaseWrapper) -> None:
    with CaptureQueriesContext(wrapper) as asked:
        wrapper.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        wrapper.commit()
    assert [query["sql"] for query in asked] == ["BEGIN IMMEDIATE", "COMMIT"]
    wrapper.close()


def test_a_folder_that_cannot_be_written_needs_no_queue(tmp_path: Path) -> None:
    queue = WriteQueue(tmp_path / "missing" / "db.sqlite3")
    assert queue.enter(patience_s=0.05)
    queue.leave()


def test_the_site_uses_it(settings: object) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the suite runs on another database")
    assert isinstance(connections["default"], DatabaseWrapper)

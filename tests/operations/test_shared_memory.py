"""The folder that the processes of one server share: theirs alone, empty for the next server, removed in the end."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from apps.operations import shared_memory

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def memory(tmp_path, monkeypatch):
    """A place of this test's own instead of the machine's memory."""
    place = tmp_path / "memory"
    place.mkdir()
    monkeypatch.setattr(shared_memory, "_MEMORY", place)
    monkeypatch.setattr(shared_memory, "_held", [])
    yield place
    for descriptor in shared_memory._held:
        os.close(descriptor)


def sibling(memory: Path, code: str) -> "subprocess.Popen[str]":
    """Start a process with the same parent as others made here, which takes the folder and then waits."""
    program = (
        "import sys; from pathlib import Path; from apps.operations import shared_memory as m; "
        f"m._MEMORY = Path({str(memory)!r}); folder = m.server_folder('figures'); {code}; "
        "print(folder, flush=True); sys.stdin.read()"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


def test_siblings_share_and_the_next_server_begins_empty(memory):
    first = sibling(memory, "(folder / 'one.db').write_text('1')")
    folder = Path(first.stdout.readline().strip())
    second = sibling(memory, "(folder / 'two.db').write_text('2')")
    assert Path(second.stdout.readline().strip()) == folder
    assert sorted(path.name for path in folder.iterdir()) == ["lock", "one.db", "two.db"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    first.communicate()
    third = sibling(memory, "pass")
    third.stdout.readline()
    assert (folder / "one.db").exists()  # while one of them lives, what an ended one counted stays
    second.communicate()
    third.communicate()
    fourth = sibling(memory, "pass")
    fourth.stdout.readline()
    assert [path.name for path in folder.iterdir()] == ["lock"]
    fourth.communicate()


def test_what_servers_that_are_gone_left_is_removed(memory):
    left = memory / f"wbcweb-{os.getuid()}" / "figures-0-1"
    left.mkdir(parents=True, mode=0o700)
    left.parent.chmod(0o700)
    (left / "lock").touch()
    (left / "counter_1.db").write_text("1")
    shared_memory.server_folder("figures")
    assert not left.exists()


def test_a_folder_that_others_can_enter_is_not_used(memory):
    taken = memory / f"wbcweb-{os.getuid()}"
    taken.mkdir()
    taken.chmod(0o777)
    folder = shared_memory.server_folder("figures")
    assert taken not in folder.parents
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700

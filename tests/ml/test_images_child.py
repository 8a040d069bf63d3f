"""The decoding child: the same answers as in the process, and whatever happens to it, the next file is read."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml.errors import ImageError
from ml.images import DecodeLimits, DecoderChild, DecoderStopped, ImageTooLarge, decode
from ml.images import sandbox as sandbox_module
from tests.kits import images as kit

HOSTILE = list(kit.hostile())
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def child() -> Iterator[DecoderChild]:
    made = DecoderChild()
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared_child() -> Iterator[DecoderChild]:
    made = DecoderChild()
    yield made
    made.close()


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.png"
    path.write_bytes(kit.encoded())
    return path


def test_the_child_answers_as_the_process_does(shared_child: DecoderChild, tmp_path: Path) -> None:
    for kind in ("JPEG", "PNG", "TIFF", "BMP"):
        path = tmp_path / f"a.{kind.lower()}"
        path.write_bytes(kit.encoded(kind=kind))
        here, there = decode(path, name="x.gif"), shared_child.decode(path, name="x.gif")
        assert np.array_equal(here.pixels, there.pixels)
        assert (here.um_per_px, here.notices, here.format) == (there.um_per_px, there.notices, there.format)
        assert there.pixels.flags.writeable


@pytest.mark.parametrize(("what", "name", "data", "sentence"), HOSTILE, ids=[row[0] for row in HOSTILE])
def test_a_bad_file_gets_the_same_refusal_and_the_next_one_is_read(
    what: str, name: str, data: bytes, sentence: str, shared_child: DecoderChild, tmp_path: Path, good: Path
) -> None:
    path = tmp_path / "received"
    path.write_bytes(data)
    with pytest.raises(ImageError) as there:
        shared_child.decode(path, name=name)
    with pytest.raises(ImageError) as here:
        decode(data, name=name)
    assert type(there.value) is type(here.value)
    assert there.value.message == here.value.message
    assert shared_child.decode(good).width == 96


def test_one_warm_child_serves_many_files(child: DecoderChild, good: Path) -> None:
    child.decode(good)
    first = child.pid
    for _ in range(20):
        child.decode(good)
    assert child.pid == first


def test_a_child_is_replaced_after_its_share_of_files(
    child: DecoderChild, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox_module, "FILES_PER_CHILD", 2)
    pids = []
    for _ in range(5):
        child.decode(good)
        pids.append(child.pid)
    assert len(set(pids)) == 3


def test_a_child_killed_between_two_files_is_replaced(child: DecoderChild, good: Path) -> None:
    child.decode(good)
    killed = child.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert child.decode(good).width == 96
    assert child.pid != killed


def test_a_child_killed_in_the_middle_of_a_file_does_not_cost_the_file(
    child: DecoderChild, tmp_path: Path
) -> None:
    path = tmp_path / "large.png"
    noise = np.random.default_rng(0).integers(0, 255, (3000, 4000, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path, compress_level=0)
    child.decode(path)
    killed = child.pid
    assert killed is not None

    def strike() -> None:
        time.sleep(0.03)
        os.kill(killed, signal.SIGKILL)

    thread = threading.Thread(target=strike)
    thread.start()
    image = child.decode(path)
    thread.join()
    assert np.array_equal(image.pixels, noise)


def test_a_file_that_kills_its_child_each_time_is_refused(
    child: DecoderChild, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = sandbox_module._start
    monkeypatch.setattr(
        sandbox_module, "_start", lambda: _program("import os, sys; sys.stdin.readline(); os.abort()")
    )
    with pytest.raises(DecoderStopped, match="made its decoder stop"):
        child.decode(good)
    monkeypatch.setattr(sandbox_module, "_start", usual)
    assert child.decode(good).width == 96


def test_a_file_that_takes_too_long_is_stopped(
    child: DecoderChild, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = sandbox_module._start
    monkeypatch.setattr(sandbox_module, "_start", lambda: _program("import time; time.sleep(60)"))
    began = time.monotonic()
    with pytest.raises(DecoderStopped, match="too long"):
        child.decode(good, limits=DecodeLimits(wall_seconds=0.3))
    assert time.monotonic() - began < 5
    monkeypatch.setattr(sandbox_module, "_start", usual)
    assert child.decode(good).width == 96


def test_processor_time_is_limited_per_file(
    child: DecoderChild, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = sandbox_module._start
    spin = (
        "import sys, json; from ml.images import child; "
        "line = sys.stdin.buffer.readline(); child._allow_cpu(0)\nwhile True: pass"
    )
    monkeypatch.setattr(sandbox_module, "_start", lambda: _program(spin))
    with pytest.raises(DecoderStopped, match="too long"):
        child.decode(good, limits=DecodeLimits(wall_seconds=30))
    monkeypatch.setattr(sandbox_module, "_start", usual)
    assert child.decode(good).width == 96


def _program(code: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        start_new_session=True,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited by the Linux kernel only")
def test_memory_is_limited(child: DecoderChild, tmp_path: Path, good: Path) -> None:
    path = tmp_path / "large.png"
    Image.new("RGB", (6000, 6000)).save(path)
    child.decode(good)
    with pytest.raises(ImageTooLarge, match="too much memory"):
        child.decode(path, limits=DecodeLimits(memory=60 * 1024 * 1024))
    assert child.decode(path).width == 6000


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited by the Linux kernel only")
def test_a_file_that_does_not_fit_into_memory_is_too_large_not_damaged(
    child: DecoderChild, good: Path, tmp_path: Path
) -> None:
    path = tmp_path / "heavy.png"
    path.write_bytes(good.read_bytes() + bytes(45 * 1024 * 1024))
    with pytest.raises(ImageTooLarge, match="too much memory"):
        child.decode(path, limits=DecodeLimits(memory=60 * 1024 * 1024))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_child_knows_no_secret_and_cannot_write(
    child: DecoderChild, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WBCWEB_SECRET_KEY", "planted-secret")
    child.decode(good)
    environment = Path(f"/proc/{child.pid}/environ").read_bytes()
    limits = Path(f"/proc/{child.pid}/limits").read_text()
    assert b"planted-secret" not in environment
    rows = {line[:26].strip(): line[26:].split() for line in limits.splitlines()}
    assert rows["Max file size"][0] == "0"
    assert rows["Max core file size"][0] == "0"
    assert int(rows["Max address space"][0]) < DecodeLimits().memory + 256 * 1024 * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_child_ends_with_its_parent(good: Path) -> None:
    code = (
        "import sys; from ml.images import DecoderChild; c = DecoderChild(); c.decode(sys.argv[1]); "
        "print(c.pid, flush=True); import os; os.kill(os.getpid(), 9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(good)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL
    pid = int(done.stdout)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and _alive(pid):
        time.sleep(0.05)
    assert not _alive(pid)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except FileNotFoundError:
        return False


def test_threads_take_turns(shared_child: DecoderChild, tmp_path: Path) -> None:
    paths = [tmp_path / f"{seed}.png" for seed in range(4)]
    for seed, path in enumerate(paths):
        path.write_bytes(kit.encoded(kit.picture(seed=seed)))
    wrong: list[int] = []

    def work(seed: int) -> None:
        expected = np.asarray(kit.picture(seed=seed))
        same = [np.array_equal(shared_child.decode(paths[seed]).pixels, expected) for _ in range(10)]
        wrong.append(same.count(False))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == [0, 0, 0, 0]


def test_the_decoder_needs_neither_torch_nor_django() -> None:
    code = "import sys; import ml.images; print([m for m in ('torch', 'django', 'cv2') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

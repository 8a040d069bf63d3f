"""Run the services of docker-compose.yml without a container engine: each by its very command, on real servers.

What a container would see under other names is put in its place: other services' names become loopback ports, the
folders of volumes become temporary ones. Everything else, arguments and environment, is as the file says.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from devkit import configure

from tests.deploy import compose, image
from tests.kits.missing import missing
from tests.kits.postgres import _owner, _programs
from tests.kits.processes import free_port, own_environment, running, wait_for
from tests.kits.s3 import S3Kit, private_s3

HOST = "wbc.test"


class Stack:
    """All services; ``start`` them in the order of the file's dependencies."""

    def __init__(self, folder: Path, **values: str) -> None:
        self.folder = folder
        self.app = folder / "app"
        self.data = folder / "data"
        self.certificates = folder / "certificates"
        self.ports = {name: free_port() for name in ("web", "http", "https", "postgres", "redis")}
        self.s3: S3Kit = private_s3(folder / "s3")
        self.values = configure.values(host=HOST, email="", gpu=True, s3=True) | values
        self.services: dict[str, dict[str, Any]] = compose.filled(self.values)["services"]
        self._programs = _programs()
        self._names = {
            "postgres:5432": f"127.0.0.1:{self.ports['postgres']}",
            "redis:6379": f"127.0.0.1:{self.ports['redis']}",
            "http://seaweedfs:8333": self.s3.url,
            "web:8000": f"127.0.0.1:{self.ports['web']}",
        }
        for path in (self.data, self.certificates, folder / "received", folder / "tmp"):
            path.mkdir()
        image.assemble(self.app)

    # --- What the file says, in this place -----

    def environment(self, name: str) -> dict[str, str]:
        """Return the environment of a service, with that of the image below it."""
        ours = {key: str(value) for key, value in self.services[name].get("environment", {}).items()}
        for known, here in self._names.items():
            ours = {key: value.replace(known, here) for key, value in ours.items()}
        of_the_image = {
            "PATH": f"{Path(sys.executable).parent}:{self._programs}:{os.environ['PATH']}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
            "WBCWEB_DATA_DIR": str(self.data),
        }
        here = {
            "WBCWEB_PORT": str(self.ports["web"]),
            "GUNICORN_CMD_ARGS": f"--bind 127.0.0.1:{self.ports['web']}",
            "PGPORT": str(self.ports["postgres"]),
        }
        return own_environment(**of_the_image, **ours, **here)

    def command(self, name: str) -> list[str]:
        """Return the command of a service."""
        return [
            part.replace("/certificates", str(self.certificates)) for part in self.services[name]["command"]
        ]

    def log(self, name: str) -> Path:
        """Return the file that holds what a service said."""
        return self.folder / f"{name}.log"

    def said(self) -> str:
        """Return the last words of every service."""
        return "\n".join(f"--- {path.stem}\n{path.read_text()[-1500:]}" for path in self.folder.glob("*.log"))

    def healthy(self, name: str) -> bool:
        """Ask as the container engine would, once."""
        kind, *test = self.services[name]["healthcheck"]["test"]
        assert kind == "CMD"
        if name == "redis":  # whose port has no place in its environment
            test[1:1] = ["-p", str(self.ports["redis"])]
        test = [part.replace(":8080/", f":{self.ports['http']}/") for part in test]
        environment, limit = (
            self.environment(name),
            float(self.services[name]["healthcheck"]["timeout"].rstrip("s")),
        )
        program = shutil.which(test[0], path=environment["PATH"]) or missing(f"The program {test[0]}")
        with self.log(f"{name}-health").open("ab") as log:
            done = subprocess.run(
                [program, *test[1:]],
                cwd=self.app,
                env=environment,
                stdout=log,
                stderr=log,
                timeout=4 * limit,
                check=False,
            )
        return done.returncode == 0

    # --- Starting -----

    @contextlib.contextmanager
    def up(self) -> Iterator[None]:
        """Run everything while the block runs."""
        with contextlib.ExitStack() as started:
            started.enter_context(self._postgres())
            started.enter_context(self._redis())
            started.enter_context(self.s3.up())
            for name in ("certificate", "bucket"):
                self.once(name)
            for line in image.stages()["site"].of("RUN"):
                for step in re.findall(r"python [^&]+", line):
                    self.once_command("build", step.split())
            self.before = self.image_state()
            self.once("migrate")
            names = ("web", "reaper", "worker-cpu", "worker-gpu", "worker-gpu-long", "worker-cpu-long")
            processes = [started.enter_context(self.service(name)) for name in names]
            started.enter_context(self._proxy())
            yield
            for process in processes:  # all at once, then each is waited for
                process.terminate()

    def image_state(self) -> dict[Path, int]:
        """Return the files of the image and when each was written."""
        return {path: path.stat().st_mtime_ns for path in self.app.rglob("*")}

    def once(self, name: str) -> None:
        """Run a service that ends, to its end."""
        self.once_command(name, self.command(name))

    def once_command(self, name: str, command: list[str]) -> None:
        """Run a command in the environment of a service."""
        environment = self.environment(name if name in self.services else "migrate")
        if name == "build":  # as in the image's stage, where nothing runs yet
            del environment["PYTHONDONTWRITEBYTECODE"]
        program = shutil.which(command[0], path=environment["PATH"])
        with self.log(name).open("ab") as log:
            done = subprocess.run(
                [str(program), *command[1:]],
                cwd=self.app,
                env=environment,
                stdout=log,
                stderr=log,
                timeout=240,
                check=False,
            )
        assert done.returncode == 0, self.log(name).read_text()[-3000:]

    @contextlib.contextmanager
    def service(self, name: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Run a service of our own image."""
        environment = self.environment(name)
        if environment.get("WBCWEB_DEVICE") == "cuda":
            environment["WBCWEB_DEVICE"] = "cpu"  # the one thing that needs other hardware
        command = self.command(name)
        program = str(shutil.which(command[0], path=environment["PATH"]))
        with running([program, *command[1:]], log=self.log(name), env=environment, cwd=self.app) as process:
            yield process

    @contextlib.contextmanager
    def _postgres(self) -> Iterator[None]:
        """Run the database as its image does: a cluster of its own account, passwords as the file says."""
        given, user = self.environment("postgres"), _owner()
        # Not below the test's own folder, which the database's account may not enter.
        folder = Path(tempfile.mkdtemp(prefix="wbcpg-"))
        secret = folder / "password"
        secret.write_text(given["POSTGRES_PASSWORD"])
        if user is not None:
            for path in (folder, secret):
                shutil.chown(path, user)
        plain = {"PATH": given["PATH"], "LC_ALL": "C.UTF-8"}
        initdb = [self._programs / "initdb", "-D", folder / "data", "-U", given["POSTGRES_USER"], "--no-sync"]
        initdb += ["--pwfile", secret, *given["POSTGRES_INITDB_ARGS"].split()]
        subprocess.run(initdb, check=True, capture_output=True, user=user, env=plain, cwd=folder)
        program, *options = self.command("postgres")
        options += ["-D", str(folder / "data"), "-c", f"port={self.ports['postgres']}", "-c", "fsync=off"]
        options += ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
        command = [self._programs / program, *options]
        with running(command, log=self.log("postgres"), user=user, cwd=folder, env=plain):
            with_password = {
                **given,
                "PGPASSWORD": given["POSTGRES_PASSWORD"],
                "PGUSER": given["POSTGRES_USER"],
            }
            createdb = ["createdb", "--host", "127.0.0.1", given["POSTGRES_DB"]]
            wait_for(lambda: self.healthy("postgres"), seconds=60, because=self.said)
            subprocess.run(createdb, check=True, env=with_password, capture_output=True)
            yield
        shutil.rmtree(folder)

    @contextlib.contextmanager
    def _redis(self) -> Iterator[None]:
        program, *options = self.command("redis")
        found = shutil.which(program) or missing("The program redis-server")
        folder = self.folder / "redis"
        folder.mkdir()
        options = [str(folder) if option == "/data" else option for option in options]
        options += ["--port", str(self.ports["redis"]), "--bind", "127.0.0.1"]
        with running([found, *options], log=self.log("redis")):
            wait_for(lambda: self.healthy("redis"), seconds=30, because=self.said)
            yield

    @contextlib.contextmanager
    def _proxy(self) -> Iterator[None]:
        """Run nginx with our files, places put right."""
        nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or missing("The program nginx")
        folder = self.folder / "nginx"
        (folder / "conf.d").mkdir(parents=True)
        source = self.app / "deploy" / "nginx"
        site = (source / "site.conf.template").read_text()
        variables = {k: v for k, v in self.environment("proxy").items() if re.match("WBCWEB_", k)}
        for name, value in variables.items():  # as the image's envsubst does, with its filter
            site = site.replace("${" + name + "}", value)
        assert re.findall(r"\$\{\w+\}", site) == []
        version = subprocess.run([nginx, "-v"], capture_output=True, text=True, check=True).stderr
        if tuple(map(int, re.search(r"/(\d+)\.(\d+)\.(\d+)", version).groups())) < (1, 25, 1):
            site = site.replace(
                "listen 8443 ssl default_server;\n    http2 on;", "listen 8443 ssl http2 default_server;"
            )
        main = (source / "nginx.conf").read_text()
        if os.getuid() == 0:
            main = "user root;\n" + main
        places = {
            "/etc/nginx/conf.d/": f"{folder}/conf.d/",
            "/etc/nginx/": f"{source}/",
            "/certificates/": f"{self.certificates}/",
            " /received": f" {self.folder / 'received'}",
            " /tmp/": f" {self.folder / 'tmp'}/",
            "/dev/stdout": str(self.log("proxy")),
            "/dev/stderr": str(self.log("proxy")),
            "listen 8080": f"listen 127.0.0.1:{self.ports['http']}",
            "listen 8443": f"listen 127.0.0.1:{self.ports['https']}",
        }
        known = re.compile("|".join(map(re.escape, places)))
        (folder / "conf.d" / "site.conf").write_text(known.sub(lambda match: places[match[0]], site))
        (folder / "main.conf").write_text(known.sub(lambda match: places[match[0]], main))
        command = [nginx, "-p", str(folder), "-c", str(folder / "main.conf"), "-g", "daemon off;"]
        with running(command, log=self.log("proxy"), cwd=folder):
            wait_for(lambda: self.healthy("proxy"), seconds=30, because=self.said)
            yield

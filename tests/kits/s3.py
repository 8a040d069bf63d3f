"""A private S3-compatible server on a free loopback port (moto): right for what is stored, not for who may see it."""

import contextlib
import secrets
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from apps.core.storage import Bucket, S3Store
from tests.kits.processes import free_port, running, wait_for

REGION = "us-east-1"
ACCESS_KEY = "test-access-key"
SECRET_KEY = "test-secret-key"


@dataclass(frozen=True)
class S3Kit:
    """A server that can be stopped and started again on the same port; it forgets everything meanwhile."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """Return the address of the server."""
        return f"http://127.0.0.1:{self.port}"

    @contextlib.contextmanager
    def up(self) -> Iterator[None]:
        """Run the server while the block runs."""
        log = self.folder / "s3.log"
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        with running(command, log=log, cwd=self.folder):
            wait_for(self.answers, seconds=60, because=lambda: log.read_text()[-2000:])
            yield

    def answers(self) -> bool:
        """Return whether the server answers."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2):
                return True
        except OSError:
            return False

    def environment(self, bucket: str) -> dict[str, str]:
        """Return the variables under which a site keeps its files in a bucket of this server."""
        return {
            "WBCWEB_S3_BUCKET": bucket,
            "WBCWEB_S3_ENDPOINT": self.url,
            "WBCWEB_S3_REGION": REGION,
            "WBCWEB_S3_ACCESS_KEY": ACCESS_KEY,
            "WBCWEB_S3_SECRET_KEY": SECRET_KEY,
        }


def private_s3(folder: Path) -> S3Kit:
    """Return a kit that keeps its log in a folder; nothing runs yet."""
    folder.mkdir(parents=True, exist_ok=True)
    return S3Kit(folder=folder, port=free_port())


def fresh_bucket(where: dict[str, str | None]) -> dict[str, str | None]:
    """Make a new bucket beside the one that the settings name, and return the settings for it."""
    own = {**where, "name": f"test-{secrets.token_hex(8)}"}
    S3Store(Bucket(**own)).make_bucket()  # type: ignore[arg-type]
    return own

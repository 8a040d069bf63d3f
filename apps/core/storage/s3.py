"""Files in a bucket of an S3-compatible object store.

One request stores an object whole, so nothing is ever seen half-written and nothing is left over when a process is
killed in the middle. No address of the bucket is given to anybody: views read from it and send on.
"""

import contextlib
import io
import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

from apps.core.disk import Guard
from apps.core.errors import NotFound
from apps.core.storage import scratch
from apps.core.storage.keys import is_key, new_key
from apps.core.storage.local import MISSING
from apps.core.storage.store import Entry, Opened, StoreAway

logger = logging.getLogger(__name__)

MOST_BYTES = 5_000_000_000
"""What one request may store; S3's own limit is a little higher."""

_IN_MEMORY = 16 << 20
_PIECE = 1 << 20
_NO_OBJECT = frozenset({"NoSuchKey", "404", "NotFound"})
_WORDS = {
    "NoSuchBucket": "there is no such bucket",
    "404": "there is no such bucket",
    "403": "the keys are wrong, or do not allow this",
    "AccessDenied": "the keys do not allow this",
    "InvalidAccessKeyId": "the access key is unknown there",
    "SignatureDoesNotMatch": "the secret key is wrong",
}


@dataclass(frozen=True)
class Bucket:
    """Where the objects are. Without an endpoint it is Amazon's; without keys, boto3 looks for its own."""

    name: str
    endpoint: str | None
    region: str
    access_key: str | None = field(repr=False)
    secret_key: str | None = field(repr=False)


@lru_cache(maxsize=8)
def _client(
    endpoint: str | None, region: str, access_key: str | None, secret_key: str | None, _process: int
) -> Any:
    """Return a client, one for each process: connections must not be shared over a fork. Threads may share it."""
    import boto3  # a second to import, and needed on sites with a bucket only
    from botocore.config import Config

    config = Config(
        connect_timeout=3,
        read_timeout=60,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=32,
        # Not every S3-compatible store knows Amazon's newer checksums; the signature covers the content instead.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={
            "addressing_style": "path" if endpoint else "auto",
            "payload_signing_enabled": True,
        },
    )
    session = boto3.session.Session()
    return session.client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
        config=config,
    )


class S3Store:
    """A bucket; see ``Store``."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self.name = f"the bucket “{bucket.name}” at {bucket.endpoint or 'Amazon S3'}"

    def save(self, key: str, stream: IO[bytes]) -> None:
        """Store a stream in one request."""
        stream.seek(0)
        self._ask("put_object", Key=key, Body=stream)

    def incoming(self, key: str) -> "S3Incoming":
        """Begin to receive a file, on the local disk first."""
        return S3Incoming(key, self)

    def stream(self, key: str) -> Opened:
        """Open an object for sending it on; small ones are read at once, so that their connection is free again."""
        answer = self._get(key)
        body, size = answer["Body"], int(answer["ContentLength"])
        if size <= _PIECE:
            return Opened(io.BytesIO(_reading(body.read)), size)
        return Opened(_Pieces(body), size)

    def open(self, key: str) -> IO[bytes]:
        """Fetch an object whole and return it for reading and seeking."""
        target = scratch.small(_IN_MEMORY)
        try:
            self._fetch(key, target)
        except BaseException:
            target.close()
            raise
        return target

    def size(self, key: str) -> int:
        """Return an object's size in bytes."""
        return int(self._found(lambda: self._ask("head_object", Key=key))["ContentLength"])

    @contextlib.contextmanager
    def local_copy(self, key: str) -> Iterator[Path]:
        """Give the path of a copy on the local disk, removed afterwards."""
        with scratch.named() as target:
            self._fetch(key, target)
            yield Path(target.name)

    def forget_time(self, key: str) -> None:
        """Make sure that there is such an object; its time is the bucket's, which no reader gets to see."""
        self.size(key)

    def delete(self, key: str) -> None:
        """Remove an object."""
        self._ask("delete_object", Key=key)

    def delete_folder(self, folder: str) -> None:
        """Remove objects, a thousand a request."""
        for page in self._pages(folder):
            objects = [{"Key": found["Key"]} for found in page.get("Contents", ())]
            if not objects:
                continue
            answer = self._ask("delete_objects", Delete={"Objects": objects, "Quiet": True})
            if refused := answer.get("Errors"):
                logger.warning("%s did not remove %s: %s", self.name, refused[0]["Key"], refused[0]["Code"])
                raise StoreAway(refused[0]["Code"])

    def entries(self, folder: str) -> Iterator[Entry]:
        """Yield the objects below a folder; what is not ours is passed over."""
        for page in self._pages(folder):
            for found in page.get("Contents", ()):
                if is_key(found["Key"]):
                    yield Entry(found["Key"], int(found["Size"]), found["LastModified"])

    def remove_unfinished(self, folder: str, *, before: datetime) -> None:
        """Do nothing: an object is there whole or not at all."""

    def probe(self, *, write: bool) -> None:
        """Ask for the bucket; with ``write`` also store, read and remove a small object."""
        self._ask("head_bucket")
        if write:
            key = new_key("probe", "")
            self.save(key, io.BytesIO(b"probe"))
            try:
                self.open(key).close()
            finally:
                self.delete(key)

    def make_bucket(self) -> bool:
        """Make the bucket if it is missing; return whether it was."""
        try:
            self._ask("head_bucket")
        except StoreAway as away:
            if away.refusal not in {"404", "NoSuchBucket"}:
                raise
        else:
            return False
        options: dict[str, Any] = {}
        if self._bucket.region != "us-east-1":  # which Amazon does not let one name here
            options["CreateBucketConfiguration"] = {"LocationConstraint": self._bucket.region}
        self._ask("create_bucket", **options)
        return True

    def _get(self, key: str) -> Any:
        return self._found(lambda: self._ask("get_object", Key=key))

    def _fetch(self, key: str, target: IO[bytes]) -> None:
        body = self._get(key)["Body"]
        with contextlib.closing(body):
            while piece := _reading(lambda: body.read(_PIECE)):
                target.write(piece)
        target.flush()
        target.seek(0)

    def _pages(self, folder: str) -> Iterator[Any]:
        more: dict[str, str] = {}
        while True:
            page = self._ask("list_objects_v2", Prefix=folder, **more)
            yield page
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def _found(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except StoreAway as away:
            if away.refusal in _NO_OBJECT:
                raise NotFound(MISSING, code="file-missing") from None
            raise

    def _ask(self, operation: str, **parameters: Any) -> Any:
        """Send a request about the bucket; whatever goes wrong is logged and becomes one sentence."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            to = self._bucket
            client = _client(to.endpoint, to.region, to.access_key, to.secret_key, os.getpid())
            return getattr(client, operation)(Bucket=self._bucket.name, **parameters)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code not in _NO_OBJECT:
                logger.warning("%s refused %s: %s", self.name, operation, code)
            raise StoreAway(_WORDS.get(code, f"it answered {code}"), refusal=code) from error
        except (BotoCoreError, ValueError) as error:
            logger.warning("%s did not answer to %s: %s", self.name, operation, error)
            raise StoreAway(str(error).rstrip(".")) from error


class S3Incoming:
    """A file that comes piece by piece: on the local disk until it is whole, then one request."""

    def __init__(self, key: str, store: S3Store) -> None:
        self.key = key
        self._store = store
        self._guard = Guard(scratch.folder())
        self._stream = scratch.nameless()

    def write(self, data: bytes) -> None:
        """Add bytes."""
        self._guard.before(len(data))
        self._stream.write(data)

    def finish(self) -> None:
        """Send the file to the bucket."""
        self._store.save(self.key, self._stream)
        self._stream.close()

    def drop(self) -> None:
        """Forget what has come."""
        with contextlib.suppress(OSError):  # closing writes what is left, for which there may be no room
            self._stream.close()


class _Pieces:
    """The body of an answer, to be read from its beginning to its end."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def read(self, size: int = -1, /) -> bytes:
        """Return at most so many further bytes."""
        return _reading(lambda: self._body.read(None if size < 0 else size))

    def close(self) -> None:
        """Give the connection back."""
        self._body.close()


def _reading(read: Callable[[], bytes]) -> bytes:
    """Read from an answer's body; a connection that ends too early becomes one sentence."""
    from botocore.exceptions import BotoCoreError

    try:
        return read()
    except (BotoCoreError, OSError) as error:
        logger.warning("The bucket's answer ended too early: %s", error)
        raise StoreAway(str(error).rstrip(".")) from error

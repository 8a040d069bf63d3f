"""The decoding child, ``python -m ml.images.child``: serve requests from standard input until that closes.

One request is a line of JSON ``{"path", "name", "limits"}``. One reply is a length, JSON of that length, and
the raw RGB bytes when ``ok`` is true. The process cannot write files, has no secrets in its environment, and
the kernel ends it when it takes more memory or time than the request allows.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import traceback
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from ml.errors import ImageError
from ml.images.decoder import decode
from ml.images.types import HEAD_PREFIX, MEBI, DecodedImage, DecodeLimits

_OPEN_FILES = 64
_STATM = Path("/proc/self/statm")
_MAPPED_ELSEWHERE = 128 * MEBI
_SLACK = 16 * MEBI  # for pages of libraries that become resident while a file is decoded


def main() -> int:
    """Serve requests; return the exit status 0 when the parent has gone."""
    replies = _own_reply_stream()
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    # Load the decoders before the first file: a warm child is warm, and what they map counts to no file's memory.
    Image.preinit()
    import cv2  # noqa: F401 - for pictures of 16 bits a channel
    import PIL.TiffImagePlugin  # noqa: F401 - importing registers it

    for line in sys.stdin.buffer:
        request = json.loads(line)
        limits = DecodeLimits(**request["limits"])
        _limit(resource.RLIMIT_AS, _address_space(limits.memory))
        _allow_cpu(limits.cpu_seconds)
        try:
            _answer(replies, request, limits)
        except BrokenPipeError:
            return 0
    return 0


def _answer(replies: BinaryIO, request: dict[str, Any], limits: DecodeLimits) -> None:
    try:
        image: DecodedImage = decode(request["path"], limits=limits, name=request["name"])
    except ImageError as error:
        _send(replies, {"ok": False, "error": type(error).__name__, "message": error.message})
    except Exception:  # noqa: BLE001 - a fault of ours; the parent logs it, the file gets a plain sentence
        _send(replies, {"ok": False, "error": "", "message": traceback.format_exc()})
    else:
        head = {
            "ok": True,
            "width": image.width,
            "height": image.height,
            "um_per_px": image.um_per_px,
            "notices": image.notices,
            "format": image.format,
        }
        _send(replies, head, image.pixels.reshape(-1).data)


def _send(replies: BinaryIO, head: dict[str, Any], body: memoryview | None = None) -> None:
    text = json.dumps(head).encode()
    replies.write(HEAD_PREFIX.pack(len(text)) + text)
    if body is not None:
        replies.write(body)
    replies.flush()


def _own_reply_stream() -> BinaryIO:
    """Keep standard output for replies alone: what a C library prints goes to standard error instead."""
    private = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(private, "wb")


def _limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    try:
        resource.setrlimit(kind, (value, hard))
    except (OSError, ValueError):
        # macOS refuses some of these; the parent's time limit still stands there.
        return


def _address_space(memory: int) -> int:
    """Return how much address space keeps the process within so many bytes resident.

    The kernel limits addresses, not pages: what is mapped already and not resident (parts of libraries that nobody
    runs) is added to it, so that all of ``memory`` can be used and no more than that.
    """
    try:
        size, resident = (int(pages) for pages in _STATM.read_text(encoding="ascii").split()[:2])
    except OSError:  # not Linux
        return memory + _MAPPED_ELSEWHERE
    mapped_only = (size - resident) * resource.getpagesize()
    return memory + mapped_only - _SLACK


def _allow_cpu(seconds: int) -> None:
    """Move the soft CPU limit to ``seconds`` from now: it counts over the whole life of a process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + seconds + 1)


if __name__ == "__main__":
    sys.exit(main())

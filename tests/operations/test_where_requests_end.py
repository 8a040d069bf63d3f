"""Where a request ends is said once: the server refuses one that says it twice, and lives on."""

import random
import socket
from contextlib import closing

import pytest

from tests.hostile.lines import lengths
from tests.operations.site import Site

pytestmark = [pytest.mark.processes, pytest.mark.slow]

SMUGGLED = b"GET /help/?smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"


def answers(site: Site, head: bytes, body: bytes) -> list[int]:
    """Send a request as it is, with another one behind it; return the status of each answer."""
    with closing(socket.create_connection(("127.0.0.1", site.port), timeout=20)) as line:
        line.sendall(b"POST /help/ HTTP/1.1\r\nHost: localhost\r\n" + head + b"\r\n\r\n" + body)
        line.shutdown(socket.SHUT_WR)
        said = b"".join(iter(lambda: line.recv(65_536), b""))
    return [int(part[:3]) for part in said.split(b"HTTP/1.1 ")[1:]]


def test_a_request_that_says_its_end_twice_is_refused_and_nothing_behind_it_is_read(site: Site) -> None:
    said = {name: head for name, head, _ in lengths(random.Random(1))}  # noqa: S311 - nothing secret
    with site.served():
        for name in ("two lengths", "pieces and a length"):
            assert answers(site, said[name], b"0\r\n\r\n" + SMUGGLED) == [400], name
        assert answers(site, b"Content-Length: +5", b"0\r\n\r\n" + SMUGGLED) == [400]
        assert answers(site, b"Content-Length : 5", b"0\r\n\r\n" + SMUGGLED) == [400]
        assert answers(site, b"Transfer-Encoding: xchunked", b"0\r\n\r\n" + SMUGGLED) == [501]
        # One that says it once reaches the site, which refuses a form without its token; and then what is behind it.
        assert answers(site, b"Content-Length: 5", b"0\r\n\r\n" + SMUGGLED) == [403, 200]
        assert site.ask("/live").status == 200

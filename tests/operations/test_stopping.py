"""An orderly stop of the web server: what has begun is ended, nothing new is begun, and nothing is left half."""

import http.client
import signal
import socket
import time
from contextlib import closing

import pytest

from tests.kits.images import encoded
from tests.kits.processes import wait_for
from tests.operations.reviewer import Reviewer
from tests.operations.site import Site

pytestmark = [pytest.mark.processes, pytest.mark.slow]


def accepts(site: Site) -> bool:
    """Return whether the server takes a new connection and answers on it."""
    line = http.client.HTTPConnection("127.0.0.1", site.port, timeout=2)
    try:
        line.request("GET", "/live")
        return line.getresponse().status == 200
    except ConnectionRefusedError:
        return False
    except (OSError, http.client.HTTPException):
        return True  # taken, and then not answered: a person would wait for nothing
    finally:
        line.close()


def test_a_request_that_has_begun_is_answered_and_a_new_one_is_not_taken(site: Site) -> None:
    anna = Reviewer(site)
    with site.served(workers=2) as server:
        upload = anna.begin().json()["id"]
        path, headers, body = anna.to_send(upload, encoded())
        half = len(body) // 2
        with closing(http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)) as line:
            line.putrequest("POST", path)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                line.putheader(name, value)
            line.endheaders()
            line.send(body[:half])
            time.sleep(0.5)
            server.send_signal(signal.SIGTERM)
            wait_for(lambda: not accepts(site), seconds=15, because=site.words)
            assert server.poll() is None
            line.send(body[half:])
            answer = line.getresponse()
            assert answer.status == 201, site.words()
            answer.read()
        assert server.wait(30) == 0
    assert site.query("SELECT count(*) FROM slides_uploadfile") == [(1,)]
    keys = [row[0] for row in site.query("SELECT temp_key FROM slides_uploadfile")]
    media = site.folder / "media"
    assert [p.relative_to(media).as_posix() for p in media.rglob("*") if p.is_file()] == keys


def test_an_idle_connection_does_not_hold_up_the_stop(site: Site) -> None:
    with site.served() as server, socket.create_connection(("127.0.0.1", site.port)) as line:
        line.sendall(b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200 OK" in line.recv(1000)
        begin = time.monotonic()
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0
        assert time.monotonic() - begin < 10

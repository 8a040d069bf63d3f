"""A person's program at a site that runs in processes of its own."""

import http.client
import json
from contextlib import closing
from typing import Any

from tests.operations.site import Answer, Site

BOUNDARY = "----boundary"


class Reviewer:
    """A person's program at a site: signed in, with the token against forged requests."""

    def __init__(self, site: Site) -> None:
        self.site = site
        made = json.loads(site.python("-m", "tests.operations.people"))
        self.project = made["project"]
        self._headers = {
            "Cookie": f"wbcweb_session={made['cookies']['reviewer']}; wbcweb_csrf={'c' * 32}",
            "X-CSRFToken": "c" * 32,
            "Accept": "application/json",
        }

    def get(self, path: str) -> Answer:
        """Read."""
        return self._ask("GET", path, None, {})

    def post(self, path: str, values: dict[str, Any] | None = None, **headers: str) -> Answer:
        """Send JSON; headers with underscores for dashes."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        body = json.dumps(values or {}).encode()
        return self._ask("POST", path, body, {"Content-Type": "application/json", **more})

    def begin(self) -> Answer:
        """Begin an upload."""
        return self.post(f"/api/v1/projects/{self.project}/uploads/", {"mode": "one-slide", "analyse": False})

    def send(self, upload: str, data: bytes) -> Answer:
        """Send a file."""
        path, headers, body = self.to_send(upload, data)
        return self._ask("POST", path, body, headers)

    def to_send(self, upload: str, data: bytes) -> tuple[str, dict[str, str], bytes]:
        """Return address, headers and body of a request that sends a file."""
        part = 'Content-Disposition: form-data; name="file"; filename="a.png"'
        body = f"--{BOUNDARY}\r\n{part}\r\n\r\n".encode() + data + f"\r\n--{BOUNDARY}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return f"/api/v1/uploads/{upload}/files/", {**self._headers, **kind}, body

    def complete(self, upload: str, **headers: str) -> Answer:
        """Hand an upload over."""
        return self.post(f"/api/v1/uploads/{upload}/complete/", **headers)

    def _ask(self, method: str, path: str, body: bytes | None, more: dict[str, str]) -> Answer:
        with closing(http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=60)) as line:
            line.request(method, path, body=body, headers={**self._headers, **more})
            answer = line.getresponse()
            return Answer(answer.status, dict(answer.headers), answer.read())

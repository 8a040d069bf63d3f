"""A small HTTP client that signs in like a browser and speaks the site's API."""

from __future__ import annotations

import http.cookiejar
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any
from uuid import uuid4


class Client:
    """Keep a session with one site; every refusal raises with the site's words."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._jar = http.cookiejar.CookieJar()
        self._open = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self._jar)
        )

    def wait_until_it_answers(self, seconds: float) -> None:
        """Wait for the site's first answer; raise TimeoutError when it does not come."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self._request("/accounts/login/")
            except urllib.error.URLError as error:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"The site at {self._base} did not answer: {error}.") from error
                time.sleep(0.2)
            else:
                return

    def sign_in(self, email: str, password: str) -> None:
        """Sign in through the form."""
        page = self._request("/accounts/login/").decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        if token is None:
            raise RuntimeError("The sign-in page has no form.")
        form = {"csrfmiddlewaretoken": token[1], "login": email, "password": password}
        self._request(
            "/accounts/login/", urllib.parse.urlencode(form).encode(), "application/x-www-form-urlencoded"
        )
        if not any("session" in cookie.name for cookie in self._jar):
            raise RuntimeError("The site did not sign the bench account in.")

    def get_json(self, path: str) -> dict[str, Any]:
        """Return what a GET answers."""
        return dict(json.loads(self._request(path)))

    def post_json(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return what a POST of JSON answers."""
        return dict(json.loads(self._request(path, json.dumps(body).encode(), "application/json") or b"{}"))

    def post_file(self, path: str, name: str, data: bytes) -> None:
        """Post one file as the browser's upload does."""
        border = uuid4().hex
        head = (
            f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        body = head.encode() + data + f"\r\n--{border}--\r\n".encode()
        self._request(path, body, f"multipart/form-data; boundary={border}")

    def _request(self, path: str, body: bytes | None = None, content_type: str = "") -> bytes:
        headers = {"Accept": "application/json" if path.startswith("/api/") else "text/html"}
        if body is not None:
            tokens = [cookie.value or "" for cookie in self._jar if "csrf" in cookie.name]
            headers |= {
                "Content-Type": content_type,
                "X-CSRFToken": (tokens or [""])[0],
                "Referer": self._base + "/",
            }
        request = urllib.request.Request(self._base + path, data=body, headers=headers)  # noqa: S310 - our own
        try:
            with self._open.open(request, timeout=120) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            words = error.read().decode(errors="replace")[:500]
            raise RuntimeError(f"{request.get_method()} {path} answered {error.code}: {words}") from error

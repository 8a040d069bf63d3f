"""The log of a whole site for machines: every line is an object, and a job's lines lead back to the request."""

import json
from typing import Any

import pytest

from tests.kits.images import encoded
from tests.kits.processes import wait_for
from tests.operations.reviewer import Reviewer
from tests.operations.site import Site

pytestmark = [pytest.mark.processes, pytest.mark.slow]

ASKED = "request-of-anna-0001"


def ended(site: Site) -> bool:
    return site.query("SELECT state FROM jobs_job") == [("succeeded",)]


def test_every_line_is_an_object_and_a_job_leads_back_to_the_request_that_asked(site: Site) -> None:
    site.settings["LOG_FORMAT"] = "json"
    anna = Reviewer(site)
    with site.served(), site.worker():
        upload = anna.begin().json()["id"]
        assert anna.send(upload, encoded()).status == 201
        assert anna.complete(upload, x_request_id=ASKED).headers["X-Request-Id"] == ASKED
        wait_for(lambda: ended(site), seconds=60, because=site.words)
        assert anna.get("/no/such/page/of/anna/").status == 404
    lines: list[dict[str, Any]] = [json.loads(line) for line in site.log.read_text().splitlines()]
    assert {"time", "level", "logger", "process", "message"} <= set.intersection(
        *(set(line) for line in lines)
    )
    asked = [line for line in lines if line.get("request_id") == ASKED]
    [request] = [line for line in asked if line["logger"] == "wbcweb.requests"]
    assert (request["route"], request["status"]) == ("api/v1/uploads/<uuid:upload_id>/complete/", 202)
    [job] = [line for line in asked if line["logger"] == "apps.jobs.execution"]
    assert (job["outcome"], job["attempt"], job["kind"]) == ("succeeded", 1, "ingest")
    assert job["user"] == request["user"]
    assert job["process"] != request["process"]
    text = site.log.read_text()
    assert "of/anna" not in text
    assert "a.png" not in text
    assert "example.org" not in text

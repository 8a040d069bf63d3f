"""Claim a job, and prove later that the claim still holds."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Self
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Q

from apps.jobs import clock, kinds
from apps.jobs.conf import times
from apps.jobs.errors import LeaseLost
from apps.jobs.models import Attempt, Job, State


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run one attempt of a job; ``token`` proves it and is new with every claim."""

    job_id: int
    public_id: UUID
    kind: str
    queue: str
    attempt: int
    token: UUID
    worker: str
    # Who asked for the job, and by which web request: for the lines of the log.
    requester_id: int | None = None
    request_id: str = ""

    def to_json(self) -> str:
        """Return the claim on one line, for the child process that runs it."""
        return json.dumps(asdict(self), default=str)

    def for_the_log(self) -> dict[str, Any]:
        """Return what each line of the log tells while the claim is worked on, as ``context.of_job`` takes it."""
        return {
            "job": str(self.public_id),
            "kind": self.kind,
            "attempt": self.attempt,
            "request_id": self.request_id,
            "user": self.requester_id,
        }

    @classmethod
    def from_json(cls, line: str) -> Self:
        """Return the claim that a line stands for."""
        data = json.loads(line)
        return cls(**{**data, "public_id": UUID(data["public_id"]), "token": UUID(data["token"])})


def claim(*, job_id: int, attempt: int, worker: str, token: UUID | None = None) -> Claim | None:
    """Take a waiting job, or return None when this wake-up is stale, too early or for work unknown here.

    The one conditional update decides: of any number of callers with the same message exactly one gets the job.

    Args:
        job_id: Number of the row.
        attempt: How many claims there had been when the message was sent.
        worker: Who asks.
        token: The token to take, of an earlier call that may have succeeded although its answer got lost.
    """
    asked_before, token = token, token or uuid4()
    with transaction.atomic():
        taken = (
            Job.objects.filter(pk=job_id, state=State.QUEUED, attempt=attempt, kind__in=kinds.names())
            .filter(Q(not_before=None) | Q(not_before__lte=clock.now()))
            .update(
                state=State.RUNNING,
                attempt=F("attempt") + 1,
                lease_token=token,
                lease_expires_at=clock.ahead(times().lease),
                heartbeat_at=clock.now(),
                worker=worker,
                started_at=clock.now(),
                progress_done=None,
                progress_total=None,
                progress_stage="",
                progress_message="",
                progress_at=None,
                stage_started_at=None,
                stage_started_done=0,
                not_before=None,
                resend_at=None,
            )
        )
        if taken:
            Attempt.objects.create(job_id=job_id, number=attempt + 1, worker=worker, started_at=clock.now())
        elif asked_before is None or not Job.objects.filter(pk=job_id, lease_token=asked_before).exists():
            return None
        row = Job.objects.only("public_id", "kind", "queue", "requester_id", "request_id").get(pk=job_id)
    return Claim(
        job_id=job_id,
        public_id=row.public_id,
        kind=row.kind,
        queue=row.queue,
        attempt=attempt + 1,
        token=token,
        worker=worker,
        requester_id=row.requester_id,
        request_id=row.request_id or "",
    )


@contextmanager
def holding(held: Claim) -> Iterator[Job]:
    """Open a transaction that first proves the claim and locks the row; yield the row as it is now.

    The proof is a conditional update, which locks on PostgreSQL and SQLite alike: until the transaction ends nobody
    can cancel, reap or finish the job, and a process that lost its lease gets no further than this line.

    Raises:
        LeaseLost: when the token is not the row's any more.
    """
    with transaction.atomic():
        proved = Job.objects.filter(pk=held.job_id, lease_token=held.token, state=State.RUNNING).update(
            heartbeat_at=clock.now()
        )
        if not proved:
            raise LeaseLost
        yield Job.objects.get(pk=held.job_id)

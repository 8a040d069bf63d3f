"""Claim, beat, finish, fail, release, reap, cancel in any order: never two holders, never two effects."""

import uuid
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apps.accounts.models import User
from apps.core.errors import Conflict
from apps.jobs import claim as claiming
from apps.jobs import finish, heartbeat, reap, services
from apps.jobs.claim import Claim
from apps.jobs.errors import JobCancelled, LeaseLost
from apps.jobs.models import ENDED_STATES, Attempt, Job, State
from tests.jobs import work
from tests.jobs.conftest import expire, submit


class Ledger(RuleBasedStateMachine):
    """Any number of workers, late and early, alive and dead, work on any number of jobs."""

    jobs = Bundle("jobs")
    claims = Bundle("claims")

    @initialize()
    def begin(self) -> None:
        self.person = User.objects.create_superuser(email=f"{uuid.uuid4()}@example.org", password="x" * 12)
        self.tokens: dict[int, list[Claim]] = {}
        self.ended: dict[int, str] = {}
        self.attempts: dict[int, int] = {}

    @precondition(lambda self: len(self.tokens) < 2)  # few jobs, so that many things happen to each
    @rule(target=jobs)
    def submit(self) -> int:
        pk = submit().pk
        self.tokens[pk] = []
        return pk

    @rule(target=claims, job=jobs, behind=st.sampled_from([0, 0, 0, 1, 2]))
    def a_message_arrives(self, job: int, behind: int) -> object:
        """Perhaps an old one."""
        return self.claim(job, behind)

    def claim(self, job: int, behind: int) -> object:
        row = Job.objects.get(pk=job)
        Job.objects.filter(pk=job).update(not_before=None)  # the wait before a retry is over
        held = claiming.claim(job_id=job, attempt=max(0, row.attempt - behind), worker="w")
        expected = row.state == State.QUEUED and (behind == 0 or row.attempt == 0)
        assert (held is not None) == expected
        if held is None:
            return multiple()
        self.tokens[job].append(held)
        return held

    def _holds(self, held: Claim) -> bool:
        return Job.objects.filter(pk=held.job_id, lease_token=held.token, state=State.RUNNING).exists()

    @rule(held=claims)
    def beat(self, held: Claim) -> None:
        assert (heartbeat.beat(held) is not None) == self._holds(held)

    @rule(held=claims)
    def succeed(self, held: Claim) -> None:
        could = self._holds(held)
        cancelled = Job.objects.get(pk=held.job_id).cancel_requested
        try:
            finish.succeed(held, lambda: work.mark(held))
        except LeaseLost:
            assert not could
        except JobCancelled:
            assert could
            assert cancelled
        else:
            assert could
            assert not cancelled

    @rule(held=claims, retry=st.booleans())
    def fail(self, held: Claim, *, retry: bool) -> None:
        could = self._holds(held)
        try:
            finish.fail(held, message="It broke.", log="", retry=retry)
        except LeaseLost:
            assert not could
        else:
            assert could

    @rule(held=claims)
    def release(self, held: Claim) -> None:
        before = Job.objects.get(pk=held.job_id).failures
        could = self._holds(held)
        try:
            finish.release(held)
        except LeaseLost:
            assert not could
        else:
            assert could
            assert Job.objects.get(pk=held.job_id).failures == before

    @rule(held=claims)
    def checkpoint(self, held: Claim) -> None:
        could = self._holds(held)
        try:
            finish.save_checkpoint(held, "k")
        except LeaseLost:
            assert not could
        else:
            assert could
            assert Job.objects.get(pk=held.job_id).failures == 0

    @rule(held=consumes(claims))
    def stop_for_cancel(self, held: Claim) -> None:
        if Job.objects.get(pk=held.job_id).cancel_requested and self._holds(held):
            finish.confirm_cancelled(held)
            assert Job.objects.get(pk=held.job_id).state == State.CANCELLED

    @rule(job=jobs, target=claims)
    def a_successor_takes_over(self, job: int) -> object:
        """The holder is stopped past its lease, and another worker gets the job."""
        expire(Job.objects.get(pk=job))
        reap.reap_expired()
        row = Job.objects.get(pk=job)
        return self.claim(job, 0) if row.state == State.QUEUED else multiple()

    @rule(job=jobs)
    def cancel(self, job: int) -> None:
        row = Job.objects.get(pk=job)
        try:
            after = services.cancel(job=row, actor=self.person)
        except Conflict:
            assert row.state in {State.SUCCEEDED, State.FAILED}
        else:
            assert after.state == State.CANCELLED or (after.state == State.RUNNING and after.cancel_requested)

    @rule(job=jobs, and_reap=st.booleans())
    def lease_runs_out(self, job: int, *, and_reap: bool) -> None:
        row = Job.objects.get(pk=job)
        expire(row)
        if and_reap:
            reap.reap_expired()
            assert not Job.objects.filter(pk=job, state=State.RUNNING).exists()

    @rule()
    def reap(self) -> None:
        reap.reap_expired()
        assert reap.reap_expired() == 0

    @invariant()
    def at_most_one_holds_the_token(self) -> None:
        for held in self.tokens.values():
            assert sum(self._holds(one) for one in held) <= 1

    @invariant()
    def never_two_effects(self) -> None:
        for row in Job.objects.filter(pk__in=self.tokens):
            marks = work.effects_of(row.pk)
            assert len(marks) == (1 if row.state == State.SUCCEEDED else 0)
            if marks:
                winner = Attempt.objects.get(job=row, outcome="succeeded")
                assert winner.number == marks[0][0]

    @invariant()
    def attempts_go_up_and_ends_stay(self) -> None:
        for row in Job.objects.filter(pk__in=self.tokens):
            assert row.attempt == len(self.tokens[row.pk]) == row.attempts.count()
            assert row.attempt >= self.attempts.get(row.pk, 0)
            self.attempts[row.pk] = row.attempt
            assert row.failures <= row.max_attempts
            assert row.state == self.ended.get(row.pk, row.state)
            if row.state in ENDED_STATES:
                self.ended[row.pk] = row.state
            running = [a for a in row.attempts.all() if a.outcome == "running"]
            assert len(running) == (1 if row.state == State.RUNNING else 0)


@pytest.mark.django_db
def test_any_order_of_events_keeps_the_ledger_right(effects: None, settings: Any) -> None:
    settings.JOBS_TIMES = {
        "lease": 3600.0
    }  # leases run out when the machine says so, however slow this computer is
    run_state_machine_as_test(
        Ledger,
        settings=hypothesis_settings(
            max_examples=25 if connection.vendor == "sqlite" else 10,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )

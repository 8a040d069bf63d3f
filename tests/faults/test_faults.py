"""The campaign of faults in short, on both ways to run jobs; ``make faults`` plays all of it with 500 jobs each."""

from collections.abc import Iterator

import pytest

from tests.faults.scenarios import (
    Size,
    all_at_once,
    play,
    restarted_database,
    zombies_in_the_last_transaction,
)
from tests.faults.stacks import QUICK, Embedded, Scaled, Stack

pytestmark = [pytest.mark.processes, pytest.mark.slow]

SHORT = Size(jobs=24, kills=3, flushes=1, restarts=1, workers=2)


@pytest.fixture(
    scope="module",
    params=["embedded", pytest.param("servers", marks=[pytest.mark.postgres, pytest.mark.redis])],
)
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    kind = Embedded if request.param == "embedded" else Scaled
    with kind.prepared(tmp_path_factory.mktemp("faults"), QUICK) as prepared:
        yield prepared


def test_whatever_happens_each_job_is_done_exactly_once(stack: Stack) -> None:
    found = play(stack, all_at_once, SHORT)
    assert found.problems == []
    assert found.outcomes["crashed"] + found.outcomes["lost"] > 0


def test_a_database_that_was_away_needs_no_worker_to_be_restarted(stack: Stack) -> None:
    found = play(stack, restarted_database, SHORT)
    assert found.problems == []
    assert found.attempts == found.asked


def test_a_worker_that_stands_still_with_a_lock_is_refused_when_it_wakes(stack: Stack) -> None:
    if not isinstance(stack, Scaled):
        pytest.skip("in SQLite the one lock is held until the process goes on or is ended")
    found = play(stack, zombies_in_the_last_transaction, SHORT)
    assert found.problems == []

from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import InvalidInput
from apps.jobs import kinds
from apps.jobs.kinds import JobKind
from apps.jobs.params import decode, encode


@dataclass(frozen=True)
class Inner:
    weight: float
    name: str = ""


@dataclass(frozen=True)
class Rich:
    slide: UUID
    count: int
    mode: Literal["fast", "exact"] = "fast"
    parts: tuple[Inner, ...] = ()
    sizes: tuple[int, int] = (1, 2)
    limit: float | None = None
    names: list[str] = field(default_factory=list)
    table: dict[str, int] = field(default_factory=dict)
    flag: bool = False


rich = st.builds(
    Rich,
    slide=st.uuids(),
    count=st.integers(-(2**40), 2**40),
    mode=st.sampled_from(["fast", "exact"]),
    parts=st.lists(
        st.builds(Inner, weight=st.floats(allow_nan=False, allow_infinity=False), name=st.text())
    ).map(tuple),
    limit=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    names=st.lists(st.text()),
    table=st.dictionaries(st.text(), st.integers()),
    flag=st.booleans(),
)


@given(rich)
def test_parameters_are_the_same_after_the_way_through_json(params: Rich) -> None:
    assert decode(Rich, encode(params)) == params


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"count": "3"}, "Rich.count must be int, not str"),
        ({"count": True}, "Rich.count must be int, not bool"),
        ({"slide": "no-uuid"}, "Rich.slide must be a UUID"),
        ({"mode": "slow"}, "Rich.mode"),
        ({"colour": "red"}, "Rich does not know: colour"),
        ({"sizes": [1, 2, 3]}, "Rich.sizes must have 2 values, not 3"),
        ({"parts": [{"name": "x"}]}, "Rich.parts[0] lacks: weight"),
        ({"limit": "much"}, "Rich.limit"),
    ],
)
def test_parameters_of_another_shape_are_refused_by_name(change: dict[str, object], says: str) -> None:
    data = {**encode(Rich(slide=uuid4(), count=1)), **change}
    with pytest.raises(InvalidInput) as caught:
        decode(Rich, data)
    assert says in caught.value.message


def test_a_missing_parameter_is_named() -> None:
    with pytest.raises(InvalidInput, match="Rich lacks: count"):
        decode(Rich, {"slide": str(uuid4())})


def test_a_kind_is_registered_once() -> None:
    with pytest.raises(ValueError, match="registered twice"):
        kinds.register(kinds.get("test-quick"))


def test_an_unknown_kind_is_named_beside_the_known_ones() -> None:
    with pytest.raises(LookupError, match=r"no kind of job 'nonsense'; known: .*test-quick"):
        kinds.get("nonsense")


@pytest.mark.parametrize("wrong", [{"queue": "fast"}, {"max_attempts": 0}, {"wall_clock_s": 0}])
def test_a_kind_with_impossible_limits_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="x: "):
        JobKind("x", "a.b", Inner, **wrong)


def test_the_parameters_of_a_kind_must_be_a_dataclass() -> None:
    with pytest.raises(TypeError, match="dataclass"):
        JobKind("x", "a.b", dict)

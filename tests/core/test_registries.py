import pytest

from apps.core.registries import HookList


def first(*, number: int) -> int:
    return number + 1


def second(*, number: int) -> int:
    return number * 2


def test_functions_are_called_in_order_with_the_same_values():
    hooks = HookList("probe")
    hooks.register(first)
    assert hooks.register(second) is second
    assert hooks.run(number=5) == [6, 10]
    assert (list(hooks), len(hooks), first in hooks) == ([first, second], 2, True)


def test_the_same_name_twice_is_refused():
    hooks = HookList("probe")
    hooks.register(first)
    with pytest.raises(ValueError, match=r"test_registries\.first is registered twice in probe"):
        hooks.register(first)


def test_an_exception_goes_through_and_stops_the_rest():
    called = []

    def broken(**_: object) -> None:
        raise RuntimeError("no")

    hooks = HookList("probe")
    hooks.register(broken)
    hooks.register(lambda **_: called.append(1))
    with pytest.raises(RuntimeError):
        hooks.run(number=1)
    assert called == []


def test_functions_may_register_others_while_they_are_read():
    hooks = HookList("probe")
    hooks.register(lambda: hooks.register(first))
    hooks.run()
    assert len(hooks) == 2

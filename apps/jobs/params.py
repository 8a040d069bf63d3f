"""Parameters of a job: a frozen dataclass in the code, JSON in the row, the same after the way there and back."""

import dataclasses
import types
import typing
from typing import Any, TypeVar
from uuid import UUID

from apps.core.errors import InvalidInput

P = TypeVar("P")

_SCALARS = (str, int, float, bool)


def encode(params: Any) -> dict[str, Any]:
    """Return the JSON form of a parameter object.

    Raises:
        InvalidInput: when a value has not the type its field declares.
    """
    plain = _plain(params)
    again = decode(type(params), plain)
    if again != params:
        raise InvalidInput(f"The parameters {type(params).__name__} change on their way through JSON.")
    return typing.cast("dict[str, Any]", plain)


def decode(cls: type[P], data: Any) -> P:
    """Return the parameter object that a row's JSON stands for.

    Raises:
        InvalidInput: when a field is missing, unknown or of another type.
    """
    return typing.cast("P", _value(cls, data, cls.__name__))


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _value(wanted: Any, value: Any, where: str) -> Any:  # noqa: PLR0911 - one return for each kind of type
    """Return ``value`` as the annotated type, or raise a sentence that names the place."""
    if dataclasses.is_dataclass(wanted):
        return _object(typing.cast("type", wanted), value, where)
    origin, inner = typing.get_origin(wanted), typing.get_args(wanted)
    if origin in {typing.Union, types.UnionType}:
        return _one_of(inner, value, where)
    if origin is typing.Literal:
        if value in inner:
            return value
    elif origin in {list, tuple} and isinstance(value, list):
        return _sequence(origin, inner, value, where)
    elif origin is dict and isinstance(value, dict):
        return {key: _value(inner[1], item, f"{where}.{key}") for key, item in value.items()}
    elif wanted is UUID and isinstance(value, str):
        return _uuid(value, where)
    elif wanted is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    elif (wanted in _SCALARS and type(value) is wanted) or (
        wanted in {None, types.NoneType} and value is None
    ):
        return value
    raise InvalidInput(f"{where} must be {getattr(wanted, '__name__', wanted)}, not {type(value).__name__}.")


def _object(cls: type, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise InvalidInput(f"{where} must be an object.")
    hints = typing.get_type_hints(cls)
    known = {field.name: field for field in dataclasses.fields(cls)}
    unknown = sorted(set(value) - set(known))
    if unknown:
        raise InvalidInput(f"{where} does not know: {', '.join(unknown)}.")
    missing = [
        name
        for name, field in known.items()
        if name not in value
        and field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING
    ]
    if missing:
        raise InvalidInput(f"{where} lacks: {', '.join(missing)}.")
    return cls(**{name: _value(hints[name], item, f"{where}.{name}") for name, item in value.items()})


def _one_of(choices: tuple[Any, ...], value: Any, where: str) -> Any:
    for choice in choices:
        try:
            return _value(choice, value, where)
        except InvalidInput:
            continue
    raise InvalidInput(f"{where} has a value of a type it does not allow.")


def _sequence(origin: Any, inner: tuple[Any, ...], value: list[Any], where: str) -> Any:
    if origin is list or (len(inner) == 2 and inner[1] is Ellipsis):
        return origin(_value(inner[0], item, f"{where}[{i}]") for i, item in enumerate(value))
    if len(inner) != len(value):
        raise InvalidInput(f"{where} must have {len(inner)} values, not {len(value)}.")
    return tuple(
        _value(kind, item, f"{where}[{i}]") for i, (kind, item) in enumerate(zip(inner, value, strict=True))
    )


def _uuid(value: str, where: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        raise InvalidInput(f"{where} must be a UUID.") from None

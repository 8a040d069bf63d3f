"""Shapes that every room's API shares: what comes in, and how an error looks."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class Input(serializers.Serializer[Any]):
    """What a request brings. A name that is not among the fields is refused: it is a mistake, or a try."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the checked values.

        Raises:
            ValidationError: with each field that makes no sense.
        """
        if isinstance(data, dict):
            unknown = sorted(str(name)[:40] for name in set(data) - set(self.fields))
            if unknown:
                names = ", ".join(name for name, field in self.fields.items() if not field.read_only)
                raise serializers.ValidationError(
                    {name: [f"There is no such field; there are {names}."] for name in unknown}
                )
        return super().to_internal_value(data)

    def checked(self) -> dict[str, Any]:
        """Return the values that were sent.

        Raises:
            ValidationError: with each field that makes no sense.
        """
        self.is_valid(raise_exception=True)
        return dict(self.validated_data)


class ErrorBody(serializers.Serializer[Any]):
    """What went wrong: a short word for programs, a sentence for people, further values."""

    code = serializers.CharField()
    message = serializers.CharField()
    detail = serializers.DictField()


class Error(serializers.Serializer[Any]):
    """How every refusal looks."""

    error = ErrorBody()


class StaleDetail(serializers.Serializer[Any]):
    """What was sent, what stands, and the version to send with it if yours is to stand instead."""

    yours = serializers.DictField(child=serializers.CharField(allow_blank=True), required=False)
    current = serializers.DictField(child=serializers.CharField(allow_blank=True), required=False)
    version = serializers.CharField(required=False)


class StaleBody(serializers.Serializer[Any]):
    """A conflict; ``detail`` holds both values when the code is "stale"."""

    code = serializers.CharField()
    message = serializers.CharField()
    detail = StaleDetail()


class Stale(serializers.Serializer[Any]):
    """Somebody changed it since the version that was sent, or another rule stands against it."""

    error = StaleBody()

"""Filters of lists, from the query string: what makes no sense is refused, never passed over."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.drainage import set_override
from rest_framework.request import Request

from apps.core.errors import InvalidInput

_PAGES = {"limit", "after"}


class Filters(filters.DjangoFilterBackend):
    """Narrow a list by the view's ``filterset_class``, and refuse names that no filter has.

    A misspelt filter that is passed over would answer with everything, and a program would take it for the answer.
    """

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """Return the rows that were asked for.

        Raises:
            InvalidInput: when there is no filter of a name, or one is empty or given twice.
            ValidationError: when a value makes no sense.
        """
        chosen = self.get_filterset_class(view, queryset)
        known = set(chosen.base_filters) if chosen else set()
        unknown = sorted(set(request.query_params) - known - _PAGES)
        if unknown:
            names = ", ".join(sorted(known | _PAGES))
            raise InvalidInput(
                f"There is no filter “{unknown[0][:40]}” here; there are {names}.", code="unknown-filter"
            )
        for name, values in request.query_params.lists():
            # The library passes over an empty value and all but the last of several; pages judge their own values.
            if len(values) > 1 or not (values[0] or name in _PAGES):
                raise InvalidInput(
                    f"{name} is given twice." if len(values) > 1 else f"{name} is given without a value.",
                    code="filter",
                )
        narrowed: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return narrowed


class TrueFalse(filters.TypedChoiceFilter):
    """Yes or no, written ``true`` or ``false``; the library's own takes any other word for no filter at all."""

    def __init__(self, *, label: str, **kwargs: Any) -> None:
        super().__init__(
            choices=(("true", "true"), ("false", "false")),
            coerce=lambda word: word == "true",
            label=label,
            **kwargs,
        )
        _describe(self, {"type": "boolean", "description": label})


class Text(filters.CharFilter):
    """A text of at most so many characters.

    Args:
        longest: How many.
        label: What the OpenAPI document says.
    """

    def __init__(self, *, longest: int, label: str, **kwargs: Any) -> None:
        super().__init__(max_length=longest, label=label, **kwargs)
        _describe(self, {"type": "string", "minLength": 1, "maxLength": longest, "description": label})


class Share(filters.NumberFilter):
    """A number from 0 to 1."""

    def __init__(self, *, label: str, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=1, label=label, **kwargs)
        _describe(self, {"type": "number", "minimum": 0, "maximum": 1, "description": label})


class OneOf(filters.UUIDFilter):
    """Rows that belong to one object, named by its public id; nothing when the asker may not see that object.

    The object is looked up first: with its row number the database can walk an index.

    Args:
        visible: Returns the objects that a person may see.
        field_name: The column that points at the object.
    """

    def __init__(self, *, visible: Callable[[Any], QuerySet[Any]], field_name: str, **kwargs: Any) -> None:
        super().__init__(field_name=field_name, **kwargs)
        self._visible = visible

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """Return the rows of the object."""
        if value is None or value == "":
            return qs
        found: Model | None = self._visible(self.parent.request.user).filter(public_id=value).first()
        return qs.none() if found is None else qs.filter(**{str(self.field_name): found.pk})


def _describe(chosen: filters.Filter, schema: dict[str, Any]) -> None:
    """Say what a filter takes in the OpenAPI document, which would find out less by itself."""
    set_override(chosen, "field", schema)

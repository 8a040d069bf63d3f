"""What the pages of reading and adjudication hold, as plain values; nothing in them tells of anybody else's label."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from apps.accounts.models import User
from apps.registry.models import CellClass
from apps.registry.selectors import classes_for
from apps.review.document import class_json
from apps.review.models import SecondItem, SecondReading
from apps.review.second_reading import selectors

Json = dict[str, Any]


def reading_document(reading: SecondReading) -> Json:
    """Return the cells of a reading in their order, with the reader's own labels; three queries."""
    items = list(reading.items.order_by("position"))
    return {
        "id": str(reading.public_id),
        "state": reading.state,
        "classes": [class_json(c) for c in classes_for(reading.project)],
        "cells": [item_json(reading, item) for item in items],
    }


def item_json(reading: SecondReading, item: SecondItem) -> Json:
    """Return a cell as its second reader knows it."""
    return {
        "id": str(item.public_id),
        "position": item.position,
        "class": item.current_class,
        "version": item.version,
        "crop_url": _crop_url(reading, item),
    }


def adjudication_document(reading: SecondReading, user: User) -> Json:
    """Return the disagreements that a person may decide, decided ones among them, each with its two classes.

    The two stand in the order of the class list, whoever said which.
    """
    classes = classes_for(reading.project)
    items = selectors.to_decide(reading, user)
    return {
        "id": str(reading.public_id),
        "state": reading.state,
        "classes": [class_json(c) for c in classes],
        "cells": [disagreement_json(reading, item, classes) for item in items],
    }


def disagreement_json(reading: SecondReading, item: SecondItem, classes: Iterable[CellClass]) -> Json:
    """Return a disagreement as who decides knows it; ``class`` is what is decided."""
    order = {c.name: place for place, c in enumerate(classes)}
    two = sorted((item.first_class, item.current_class), key=lambda name: (order.get(name, len(order)), name))
    return {
        "id": str(item.public_id),
        "position": item.position,
        "class": item.decided_class,
        "version": item.decisions + 1,
        "crop_url": _crop_url(reading, item),
        "candidates": two,
    }


def _crop_url(reading: SecondReading, item: SecondItem) -> str:
    return reverse("review:reading-crop", args=[reading.public_id, item.public_id])

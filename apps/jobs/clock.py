"""Time of the ledger comes from the database: workers on several hosts need not agree on theirs."""

from datetime import timedelta

from django.db.models import DateTimeField, ExpressionWrapper
from django.db.models.expressions import Combinable
from django.db.models.functions import Now


def now() -> Now:
    """Return the database's present time, as an expression."""
    return Now()


def ahead(seconds: float) -> Combinable:
    """Return the database's time in so many seconds (negative: ago), as an expression."""
    shifted: Combinable = ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=DateTimeField())
    return shifted

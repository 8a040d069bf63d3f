"""The tables of the review; one class per file."""

from apps.review.models.adjudication import Adjudication
from apps.review.models.laboratory import Laboratory
from apps.review.models.location_check import LocationCheck, LocationCheckField, LocationCheckResult
from apps.review.models.reference_range import OLDEST, ReferenceRange, Unit
from apps.review.models.report import Report
from apps.review.models.rules import CELLS_NEEDED, BorderRule, SigningRules
from apps.review.models.second_item import SecondItem
from apps.review.models.second_label import SecondLabel, SecondLabelKind
from apps.review.models.second_reading import OPEN, ReadingState, SecondReading
from apps.review.models.signature import Signature
from apps.review.models.table_opening import TableOpening
from apps.review.models.worksheet import LARGEST_WBC, Quality, Worksheet

__all__ = [
    "CELLS_NEEDED",
    "LARGEST_WBC",
    "OLDEST",
    "OPEN",
    "Adjudication",
    "BorderRule",
    "Laboratory",
    "LocationCheck",
    "LocationCheckField",
    "LocationCheckResult",
    "Quality",
    "ReadingState",
    "ReferenceRange",
    "Report",
    "SecondItem",
    "SecondLabel",
    "SecondLabelKind",
    "SecondReading",
    "Signature",
    "SigningRules",
    "TableOpening",
    "Unit",
    "Worksheet",
]

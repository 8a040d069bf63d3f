"""The differential: shares with exact intervals, absolute counts, reference ranges, whether more cells would decide.

What is computed here is the same for the page, the API and the report that is signed.
"""

from apps.review.differential.intervals import per_100, share_interval
from apps.review.differential.rows import Interval, interval_json, intervals_of

__all__ = ["Interval", "interval_json", "intervals_of", "per_100", "share_interval"]

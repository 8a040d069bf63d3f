"""Second readings: a second person labels a slide blind, agreement is computed, a third decides the disagreements.

While a reading is open its slide is closed to the reader everywhere else (`closing.closed_slides`); the reader's own
pages and answers name cells by ids of the reading and say nothing of anybody else's labels or of suggestions.
"""

"""Signed reports: the page, PDF and CSV, and the slide as it was signed."""

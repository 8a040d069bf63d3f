"""Seeing and correcting: the slide page, its data for programs, and the same in plain tables."""

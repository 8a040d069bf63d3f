"""Asking the classifier about boxes that people drew."""

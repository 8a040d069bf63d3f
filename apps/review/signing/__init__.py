"""Signing a differential: what is asked before, what is frozen, and what was signed stays as it was."""

"""Readers of labelled image sets; each gives records, none copies images."""

"""Figures of merit; torch-free."""

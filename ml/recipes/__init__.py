"""Recipes of the shipped weights: data, views, settings and the card, one file each."""

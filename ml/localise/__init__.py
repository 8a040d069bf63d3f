"""Localisers: find cells on a field. One file a method; boxes in pixels of the image, half-open, origin top-left."""

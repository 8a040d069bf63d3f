"""Giving cells that were found before the site kept embeddings theirs."""

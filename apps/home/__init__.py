"""Home: what waits for me, the help page and the look that a person chose."""

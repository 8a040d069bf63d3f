"""Recognition of white blood cells; knows nothing of the site and runs from its own command line."""

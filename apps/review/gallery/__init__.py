"""The class gallery: the cells of a slide or of a project in lanes of their classes."""

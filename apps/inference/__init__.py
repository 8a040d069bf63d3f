"""Finding and classifying the cells of a slide: what was asked for, what ran, what it says of itself."""

"""Class lists and model versions: what a suggestion can say, who said it, and which version is in use."""

"""Classifiers at work: crops in, probabilities out."""

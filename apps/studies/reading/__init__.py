"""A reader's way through a study: invitation, consent, screen, practice, images one by one, the end.

Nothing in here reads the key of a study, and nothing that it answers differs between two images but the pixels.
"""

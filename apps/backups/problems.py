"""What can go wrong with a copy, as one sentence for the administrator."""


class BackupProblem(Exception):  # noqa: N818 - it is no error of the program, but a word to the person
    """Something that only the person can put right; the message is shown as it is."""

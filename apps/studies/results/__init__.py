"""Results of an unblinded study: from trials to figures, sentences, page, report and files."""

"""A finished study of simulated cells and simulated readers, to look at; labelled simulated everywhere."""

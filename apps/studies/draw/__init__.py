"""Which cells become the cases of a study: by chance from the seed, on record; one of the few that know the key."""

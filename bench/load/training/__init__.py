"""A training in the worker's long lane, for measuring what the site does beside it; no part of a site in use."""

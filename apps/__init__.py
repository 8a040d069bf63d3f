"""The rooms of the site; each may use the rooms below it (see docs/architecture.md)."""

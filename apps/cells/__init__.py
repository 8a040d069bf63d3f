"""Cells found on fields, what models suggest for them, and what people decided, event by event."""

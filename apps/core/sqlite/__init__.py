"""Django's way to SQLite, with a queue before its one write lock."""

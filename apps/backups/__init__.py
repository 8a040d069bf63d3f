"""Copies of the site: making, checking and restoring backups, and moving from one database to another."""

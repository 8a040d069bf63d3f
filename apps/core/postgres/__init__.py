"""PostgreSQL as Django has it, with two economies: see ``base``."""

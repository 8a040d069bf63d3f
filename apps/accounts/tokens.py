"""Tokens of invitation and reset links."""

import hashlib
import secrets


def new_token() -> str:
    """Return 256 random bits as text for an address."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """Return what the database knows of a token: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()

"""Secrets that the site gives away once and knows by their hash: in links, and as keys of the API."""

import hashlib
import secrets

# Known by sight, to people and to programs that look for secrets left in repositories.
API_KEY_PREFIX = "wbcweb_"


def new_token() -> str:
    """Return 256 random bits as text for an address."""
    return secrets.token_urlsafe(32)


def new_api_key() -> str:
    """Return 256 random bits after the prefix, in characters that a double click selects as one word."""
    return API_KEY_PREFIX + secrets.token_hex(32)


def hash_of(token: str) -> str:
    """Return what the database knows of a token: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()

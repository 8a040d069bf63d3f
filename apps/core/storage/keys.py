"""Names of stored files: opaque, the same in a folder and in a bucket."""

import re
import secrets

_KEY = re.compile(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*/[a-z0-9_-]+(\.[a-z0-9]+)?")
_PART = re.compile(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*")
_SUFFIX = re.compile(r"(\.[a-z0-9]{1,16})?")


def new_key(prefix: str, suffix: str) -> str:
    """Return a name never given before, such as ``fields/ab/<32 hex>.png``; it tells nothing about the file.

    Args:
        prefix: Folder below the store, lower case, ``a/b`` allowed.
        suffix: File extension with its dot, or nothing.

    Raises:
        ValueError: when these are no place for files.
    """
    prefix = prefix.strip("/")
    if not _PART.fullmatch(prefix) or not _SUFFIX.fullmatch(suffix):
        raise ValueError(f"Not a place for files: {prefix!r}, {suffix!r}.")
    name = secrets.token_hex(16)
    return f"{prefix}/{name[:2]}/{name}{suffix}"


def is_key(name: str) -> bool:
    """Say whether a name could have come from here."""
    return _KEY.fullmatch(name) is not None


def checked(key: str) -> str:
    """Return the key as it is.

    Raises:
        ValueError: when it could not have come from here.
    """
    if not is_key(key):
        raise ValueError(f"Not a key of the store: {key!r}.")
    return key


def folder(prefix: str) -> str:
    """Return a prefix as the beginning of all keys below it: with a slash at its end, or nothing for the whole store.

    Raises:
        ValueError: when no key could begin so.
    """
    if not prefix:
        return ""
    bare = prefix.removesuffix("/")
    if not _PART.fullmatch(bare):
        raise ValueError(f"Not a folder of the store: {prefix!r}.")
    return f"{bare}/"

"""Lines of the log: one a happening, with the request, the person and the job it belongs to, and nothing private.

Two forms of the same: JSON for machines, plain for a terminal. What people typed, what files were called and what
opens a door stays out: addresses are replaced by their pattern, errors of the database and of the file system by
what they say without values and names, and a net below that takes out what looks like an e-mail address or a
password. Standard library only: this is loaded before everything else.
"""

import datetime as dt
import json
import logging
import re
from collections.abc import Iterable, Iterator
from traceback import format_tb
from typing import Any

from apps.core import context

_LONGEST = 20_000
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_CREDENTIALS = re.compile(r"(?<=://)[^\s/@]+@")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")
# How gunicorn begins a sentence that goes on with the whole address, query and all.
_WITH_ADDRESS = "Error handling request"
_DATABASE = ("psycopg", "sqlite3", "django.db.utils")


class Formatter(logging.Formatter):
    """What both forms have in common.

    Args:
        roots: Folders whose paths may be named; files elsewhere are people's.
    """

    def __init__(self, roots: Iterable[str] = ()) -> None:
        super().__init__()
        self._roots = tuple(roots)

    def message_of(self, record: logging.LogRecord) -> str:
        """Return the record's sentence, an address in it replaced by its pattern."""
        message = str(record.msg)
        if message.startswith(_WITH_ADDRESS) and record.name == "gunicorn.error":
            return _WITH_ADDRESS
        if record.args:
            request = getattr(record, "request", None)
            args = record.args
            if request is not None and isinstance(args, tuple):
                addresses = {getattr(request, "path", None), getattr(request, "path_info", None)}
                args = tuple(context.route_of(request) if arg in addresses else arg for arg in args)
            message = message % args
        return scrub(message)

    def trace_of(self, record: logging.LogRecord) -> str:
        """Return where an error came from, an empty text when the record carries none."""
        if not record.exc_info or record.exc_info[1] is None:
            return ""
        return scrub("".join(self._trace(record.exc_info[1], set())))

    def _trace(self, error: BaseException, seen: set[int]) -> Iterator[str]:
        seen.add(id(error))
        before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if before is not None and id(before) not in seen:
            yield from self._trace(before, seen)
            yield "\nThe direct cause of:\n\n" if error.__cause__ else "\nWhile this was handled:\n\n"
        yield from format_tb(error.__traceback__)
        yield f"{type(error).__module__}.{type(error).__qualname__}: {self._words(error)}\n"

    def _words(self, error: BaseException) -> str:
        """Return what an error says, without the values and names that two kinds of errors carry."""
        if isinstance(error, OSError) and error.filename is not None:
            name = str(error.filename)
            shown = name if name.startswith(self._roots) and ".." not in name else "a file"
            return f"[Errno {error.errno}] {error.strerror}: {shown}"
        if type(error).__module__.startswith(_DATABASE):
            # PostgreSQL tells the values of a refused row in the lines after the first.
            return str(error).partition("\n")[0]
        return str(error)


class LineFormatter(Formatter):
    """One line for people: time, level, logger, process, request and job, sentence; a trace indented below."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        known = "".join(f" {name}={value}" for name, value in fields_of(record).items() if name != "kind")
        head = f"{self.formatTime(record)} {record.levelname} {record.name} [{record.process}{known}]"
        text = self.message_of(record)
        if trace := self.trace_of(record):
            text = f"{text}\n{trace.rstrip()}"
        # Indented, so that nothing that came from outside can look like a line of ours.
        return f"{head} {text}".replace("\n", "\n    ")


class JsonFormatter(Formatter):
    """One JSON object a line; ``extra={"fields": {...}}`` adds to it."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": self.message_of(record),
            **fields_of(record),
            **getattr(record, "fields", {}),
        }
        if trace := self.trace_of(record):
            line["trace"] = trace
        return json.dumps(line, ensure_ascii=False, default=str)


FORMATTERS = {"json": JsonFormatter, "line": LineFormatter}


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return what a record's line says about the work it belongs to."""
    return context.fields(getattr(record, "request", None))


def scrub(text: str) -> str:
    """Return a text without what looks like an e-mail address, a password in an address, or a control character."""
    text = _CREDENTIALS.sub("[hidden]@", text[:_LONGEST])
    text = _EMAIL.sub("[e-mail]", text)
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def logging_config(*, form: str, level: str, roots: Iterable[object]) -> dict[str, Any]:
    """Return Django's LOGGING: everything to standard error in one form.

    Args:
        form: "json" or "line".
        level: Name of the lowest level shown.
        roots: Folders whose paths may be named.
    """
    floor = "INFO" if level == "DEBUG" else level
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"ours": {"()": FORMATTERS[form], "roots": [str(root) for root in roots]}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "ours"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django and gunicorn bring handlers of their own; the root's one is enough.
            **{
                name: {"handlers": [], "level": floor, "propagate": True}
                for name in ("django", "django.server", "gunicorn.error")
            },
            # A line for each request is for machines: a terminal would drown in it.
            "wbcweb.requests": {"level": floor if form == "json" or level == "DEBUG" else "WARNING"},
        },
    }

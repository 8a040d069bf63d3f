"""What the figures were measured on, in words."""

from __future__ import annotations

import os
import platform
import re
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path


def describe(software: str, **further: str) -> str:
    """Return a Markdown table of the machine, the software that matters, how busy it was, and further rows."""
    rows = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{_system()}, Python {platform.python_version()}",
        "software": ", ".join(f"{name} {version(name)}" for name in software.split()),
        "load average before": ", ".join(f"{load:.1f}" for load in os.getloadavg()),
        **further,
    }
    return table(["", "measured on"], [[name, value] for name, value in rows.items()])


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def mark(met: bool) -> str:  # noqa: FBT001 - one word for one truth
    """Return the word for a target that was met or missed."""
    return "met" if met else "MISSED"


def _processor() -> str:
    try:
        names = re.findall(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.platform()

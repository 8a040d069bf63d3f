"""Measure what a user waits for, and print tables for docs/performance.md. Called by `make bench`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

import field_speed  # noqa: E402 - found through the line above
import machine  # noqa: E402 - as above
import pictures  # noqa: E402 - as above
import site_load  # noqa: E402 - as above


def main() -> int:
    """Run the measurements that were asked for; return 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description=__doc__)
    parser.add_argument(
        "--images", type=Path, help="folder of fields (default: simulated fields of 640 x 480)"
    )
    parser.add_argument("--fields", type=int, default=292, help="how many fields go through the site")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of the comparison with Mask R-CNN")
    parser.add_argument("--only", choices=["field", "site", "pages"], help="one measurement alone")
    parser.add_argument("--out", type=Path, help="also write the tables to this file")
    arguments = parser.parse_args()

    files: list[pictures.File] = []
    sent: dict[str, str] = {}
    if arguments.only != "pages":
        files = pictures.load(arguments.images, arguments.fields)
        sent = {"fields": pictures.words(arguments.images, files)}
    sections = [machine.describe("torch torchvision django", **sent)]
    met = True
    if arguments.only in (None, "field"):
        print("Measuring one field, side by side with Mask R-CNN ...", file=sys.stderr, flush=True)
        speed = field_speed.measure(
            [data for _, data in files[: field_speed.FIELDS]], rounds=arguments.rounds
        )
        sections.append(speed.table())
        met &= speed.met
    if arguments.only in (None, "site"):
        print(f"Sending {len(files)} fields through the site ...", file=sys.stderr, flush=True)
        load = site_load.measure(files)
        sections.append(load.table())
        met &= load.met
    if arguments.only in (None, "pages"):
        print("Measuring the pages in Chromium ...", file=sys.stderr, flush=True)
        import pages

        waits = pages.measure()
        sections.append(waits.table())
        met &= waits.met
    text = "\n\n".join(sections) + "\n"
    print(text)
    if arguments.out is not None:
        arguments.out.write_text(text, encoding="utf-8")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())

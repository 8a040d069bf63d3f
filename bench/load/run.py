"""Measure how many people a site holds, how quickly labels are kept, and how lists grow. Called by `make load`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "bench"), str(Path(__file__).parent)]

import machine  # noqa: E402 - found through the line above
import measurements  # noqa: E402 - as above

PARTS = ("labels", "A", "B", "C", "D", "lists", "study")


def main() -> int:
    """Run the measurements that were asked for; return 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="make load", description=__doc__)
    parser.add_argument(
        "--only", default=",".join(PARTS), help=f"some of {', '.join(PARTS)}, with commas between"
    )
    parser.add_argument("--minutes", type=float, default=5.0, help="of A, B, C and the study")
    parser.add_argument("--edits", type=int, default=10_000, help="of D, on each database")
    parser.add_argument("--rounds", type=int, default=10, help="of the labels")
    parser.add_argument("--cells", default="10000,100000,1000000", help="sizes of the lists")
    parser.add_argument("--beside", type=Path, help="program of a Label Studio to measure labels beside")
    parser.add_argument("--out", type=Path, help="also write the tables to this file, after each part")
    asked = parser.parse_args()
    chosen = [part for part in PARTS if part in asked.only.split(",")]
    sections, met = [machine.describe("django gunicorn psycopg locust")], True
    for part in chosen:
        print(f"Measuring {part} ...", file=sys.stderr, flush=True)
        words, good = measurements.measure(part, asked)
        sections.append(words)
        met &= good
        print(f"\n{words}\n", flush=True)
        if asked.out is not None:
            asked.out.write_text("\n\n".join(sections) + "\n", encoding="utf-8")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())

"""``make hostile``: the whole campaign, or the rest of one that was interrupted, and what the largest fields cost."""

import argparse
import sys
from pathlib import Path

from tests.hostile.campaign import Tally, run
from tests.hostile.largest import measure

UPLOADS = 10_000


def report(tally: Tally, largest: dict[str, float]) -> str:
    """Return the figures for docs/security.md."""
    words = [
        f"{tally.uploads:,} hostile uploads ({tally.megabytes:,.0f} MB) in {tally.seconds / 60:.0f} minutes:",
        "",
        "| kind | uploads |",
        "|---|---|",
        *(f"| {family} | {count:,} |" for family, count in tally.sent.most_common()),
        "",
        f"Answers: {_counts(tally.answers)}. Requests that lie on the line: {_counts(tally.line_answers)}.",
        f"What became of the files: {_counts(tally.states)}.",
        f"Problems: {len(tally.problems)}.",
        f"Peak of a decoding child: {tally.decoder_peak_mib:.0f} MiB; of a web process: {tally.web_peak_mib:.0f} MiB.",
        "",
        "| largest field | peak of the child, MiB |",
        "|---|---|",
        *(f"| {name} | {peak:.0f} |" for name, peak in largest.items()),
    ]
    return "\n".join(words)


def _counts(counts: "dict[str, int]") -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))


def main() -> int:
    """Run; return 1 when something did not hold."""
    parser = argparse.ArgumentParser(prog="make hostile", description=__doc__)
    parser.add_argument("--uploads", type=int, default=UPLOADS, help="how many in all (default: %(default)s)")
    parser.add_argument("--folder", type=Path, default=Path("var/hostile"), help="where the campaign lives")
    parser.add_argument("--fresh", action="store_true", help="begin anew instead of going on")
    chosen = parser.parse_args()
    tally = run(chosen.folder, uploads=chosen.uploads, fresh=chosen.fresh)
    largest = measure()
    text = report(tally, largest)
    (chosen.folder / "report.md").write_text(text + "\n", encoding="utf-8")
    print(text)  # noqa: T201 - a command line prints
    for problem in tally.problems:
        print(f"PROBLEM: {problem}", file=sys.stderr)  # noqa: T201
    too_much = max(largest.values(), default=0) > 512 or tally.decoder_peak_mib > 512
    return int(bool(tally.problems) or too_much)


if __name__ == "__main__":
    sys.exit(main())

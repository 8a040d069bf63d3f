"""Run the campaign of faults: ``python -m tests.faults --help``, or ``make faults``."""

import argparse
import contextlib
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.recovery import RECOVERIES
from tests.faults.scenarios import EVERYWHERE, WITH_SERVERS, Scenario, Size, play
from tests.faults.stacks import QUICK, Embedded, Scaled, Stack
from tests.faults.verdict import HEAD

STACKS: dict[str, tuple[type[Embedded | Scaled], dict[str, Scenario]]] = {
    "embedded": (Embedded, EVERYWHERE),
    "servers": (Scaled, WITH_SERVERS),
}


def main() -> int:
    """Play every scenario and print the table; return 1 when a job was not done exactly once."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--stack", choices=[*STACKS, "both"], default="both")
    parser.add_argument("--only", nargs="*", default=[], help="names of scenarios")
    parser.add_argument("--jobs", type=int, default=Size.jobs)
    parser.add_argument("--kills", type=int, default=Size.kills)
    parser.add_argument("--zombies", type=int, default=Size.zombies)
    parser.add_argument("--workers", type=int, default=Size.workers)
    parser.add_argument("--rounds", type=int, default=1, help="how often to play each scenario")
    parser.add_argument(
        "--recovery", action="store_true", help="also time recoveries with a site's own times"
    )
    parser.add_argument("--keep", type=Path, help="folder for what the sites leave behind, logs above all")
    asked = parser.parse_args()
    size = Size(jobs=asked.jobs, kills=asked.kills, zombies=asked.zombies, workers=asked.workers)
    say(about_this_machine())
    bad = 0
    for name in STACKS if asked.stack == "both" else [asked.stack]:
        kind, scenarios = STACKS[name]
        with contextlib.ExitStack() as open_until_the_end:
            folder = asked.keep / name if asked.keep else None
            if folder is None:
                folder = Path(
                    open_until_the_end.enter_context(tempfile.TemporaryDirectory(prefix="wbcfaults-"))
                )
            folder.mkdir(parents=True, exist_ok=True)
            stack = open_until_the_end.enter_context(kind.prepared(folder, QUICK))
            chosen = {key: value for key, value in scenarios.items() if not asked.only or key in asked.only}
            bad += campaign(stack, chosen, size, asked.rounds)
            if asked.recovery:
                say(f"\n### {stack.name}: recovery with the times of a site\n")
                for key, recover in RECOVERIES.items():
                    said = recover(stack)
                    if said:
                        say(f"| {key} | {said} |")
    return 1 if bad else 0


def campaign(stack: Stack, scenarios: dict[str, Scenario], size: Size, rounds: int) -> int:
    """Play scenarios on one stack; return how many went wrong."""
    say(f"\n### {stack.name}\n\n{HEAD}")
    bad = 0
    for _ in range(rounds):
        for name, scenario in scenarios.items():
            try:
                found = play(stack, scenario, size)
            except AssertionError as problem:
                say(f"| {name} | | | | | | | | | FAILED: {str(problem)[:3000]} |")
                bad += 1
                continue
            say(found.row(name))
            bad += bool(found.problems)
    return bad


def about_this_machine() -> str:
    """Return date, processor and load in a line."""
    processor = platform.processor() or platform.machine()
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                processor = line.partition(":")[2].strip()
                break
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    facts = {
        "date": time.strftime("%Y-%m-%d"),
        "processor": f"{processor}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "load average before": load,
        "times": QUICK,
    }
    return json.dumps(facts)


def say(text: str) -> None:
    """Print at once: a campaign takes many minutes."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())

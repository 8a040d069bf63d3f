"""The command line of `ml`; one file a command. Torch is imported only by the commands that compute."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from ml.cli import analyse, classify, device, evaluate, locate, models, train
from ml.errors import Cancelled, MLError

COMMANDS = (locate, classify, analyse, models, device, train, evaluate)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0 done, 1 something was refused, 2 wrong usage, 130 stopped."""
    parser = argparse.ArgumentParser(
        prog="python -m ml",
        description="Find and classify white blood cells on photographs of stained smears. Research use only.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_to(commands)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except (KeyboardInterrupt, Cancelled):
        print("Stopped.", file=sys.stderr)
        return 130
    except MLError as error:
        print(error.message, file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); Python would complain again while closing it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1

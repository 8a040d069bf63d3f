"""Run the site from the virtual environment; started by ``dev.py run`` or ``dev.py serve`` after the set-up.

With ``network`` and further arguments other computers reach it too.
"""

import sys

from devkit import network
from devkit.common import Problem
from devkit.serve import own_machine, serve

if __name__ == "__main__":
    try:
        door = network.prepare(sys.argv[2:]) if sys.argv[1:2] == ["network"] else own_machine
        sys.exit(serve(door))
    except Problem as problem:
        sys.exit(f"\n{problem}")

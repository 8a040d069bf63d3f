"""Run the site from the virtual environment; started by ``dev.py run`` or ``dev.py serve`` after the set-up.

With ``network`` and further arguments other computers reach it too; with ``collect`` static files are gathered.
"""

import sys

from devkit import network
from devkit.common import Problem
from devkit.serve import collect_static, own_machine, serve

if __name__ == "__main__":
    try:
        if sys.argv[1:2] == ["collect"]:
            sys.exit(collect_static())
        door = network.prepare(sys.argv[2:]) if sys.argv[1:2] == ["network"] else own_machine
        sys.exit(serve(door))
    except Problem as problem:
        sys.exit(f"\n{problem}")

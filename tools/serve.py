"""Run the site from the virtual environment; started by ``dev.py run`` after the set-up."""

import sys

from devkit.common import Problem
from devkit.serve import serve

if __name__ == "__main__":
    try:
        sys.exit(serve())
    except Problem as problem:
        sys.exit(f"\n{problem}")

"""Run the command line: ``python -m ml --help``."""

from ml.cli import main

if __name__ == "__main__":
    raise SystemExit(main())

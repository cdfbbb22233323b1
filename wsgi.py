"""The production entry: `python wsgi.py` serves, `--demo` a filled market. `flask gigflow …` finds the factory."""

import sys

from gigflow import create_app
from gigflow.server.supervisor import run

__all__ = ["create_app"]

if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--demo"]):
        sys.exit("usage: python wsgi.py [--demo]")
    sys.exit(run(demo="--demo" in sys.argv))

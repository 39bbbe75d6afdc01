"""`python -m explorer` starts the app; `python -m explorer explain ...` works with no browser."""

import sys

from explorer.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

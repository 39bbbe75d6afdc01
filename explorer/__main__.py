"""`python -m explorer` starts the app; `python -m explorer explain ...` works with no browser."""

import sys

if __name__ == "__main__":
    if sys.argv[1:] in ([], ["start"]):
        from explorer.serve import start

        start()  # at once: the command line would import what computes, first
    else:
        from explorer.cli import main

        sys.exit(main(sys.argv[1:]))

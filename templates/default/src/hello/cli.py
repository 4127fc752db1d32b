"""What the executable runs."""

import sys


def main():
    """Greets who is named on the command line."""
    print(f"Hello, {' '.join(sys.argv[1:]) or 'world'}!")
